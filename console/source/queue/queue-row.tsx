import { Badge, Checkbox } from '@mantine/core';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { CaseKind, type Case } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Amount } from '../parts/amount';
import { Moment } from '../parts/moment';
import { Deadline } from '../appeal/deadline';
import { Probability } from '../parts/probability';
import { casePath, useCaseName } from './case-name';
import style from './queue.module.css';

const TONES: Partial<Record<CaseKind, string>> = {
  [CaseKind.APPEAL]: 'indigo',
  [CaseKind.REFUSED_ADJUSTMENT]: 'red',
  [CaseKind.HELD_BY_FUSE]: 'orange',
  [CaseKind.OVERTURNED_EVIDENCE]: 'orange',
};

export function CaseKindBadge({ kind }: { kind: CaseKind }) {
  const terms = useTerms();
  return (
    <Badge variant="light" color={TONES[kind] ?? 'gray'} tt="none" fw={550} radius="sm">
      {terms.caseKind(kind)}
    </Badge>
  );
}

interface QueueRowProperties {
  one: Case;
  index: number;
  top: number;
  current: boolean;
  selected: boolean;
  selectable: boolean;
  search: string;
  onSelect: (caseId: string) => void;
  onFocus: (index: number) => void;
}

export const QueueRow = memo(function QueueRow(properties: QueueRowProperties) {
  const { one, index, top, current, selected, selectable, search, onSelect, onFocus } = properties;
  const { t } = useTranslation();
  const name = useCaseName()(one);
  const why = useTerms().caseWhy(one);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={style.row}
      data-current={current || undefined}
      // Where the virtual list puts it; set on the element, which the policy allows.
      style={{ transform: `translateY(${top}px)` }}
      // Not before the button is let go: the list may scroll to the row, and the click would miss it.
      onMouseUp={() => onFocus(index)}
    >
      <div role="cell" className={style.check}>
        {selectable && (
          <Checkbox
            size="xs"
            checked={selected}
            aria-label={t('queue.select', { name })}
            onChange={() => onSelect(one.caseId)}
          />
        )}
      </div>
      <div role="cell" className={style.subject}>
        <Link to={casePath(one, search)} className={style.caseName}>
          {name}
        </Link>
        <span className={style.statement} title={why}>
          {why}
        </span>
      </div>
      <div role="cell" className={style.kinds}>
        {(one.kinds.length > 0 ? one.kinds : [one.kind]).slice(0, 2).map((kind) => (
          <CaseKindBadge key={kind} kind={kind} />
        ))}
      </div>
      <div role="cell" className={style.amount}>
        <Amount basisPoints={one.tokenBasisPoints} bare />
      </div>
      <div role="cell">
        <Probability value={one.abuseProbability} />
      </div>
      <div role="cell">{one.decideBy ? <Deadline at={one.decideBy} /> : <Moment at={one.openedAt} />}</div>
      <div role="cell" className={style.holder}>
        {one.snoozedUntil ? (
          <span>
            {t('queue.until')} <Moment at={one.snoozedUntil} />
          </span>
        ) : (
          one.claimedBy || <span className={style.nobody}>–</span>
        )}
      </div>
    </div>
  );
});
