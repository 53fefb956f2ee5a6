import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';

import { SecondLook } from '../case/second-look';
import { decide } from '../decision/desk-store';
import type { IntendedAction } from '../decision/intent';
import type { Case } from '../generated/sameuser/v1/review_pb';
import { grouped } from '../format/tokens';
import { Failed } from '../parts/failed';
import { Loading } from '../parts/loading';
import { Notice } from '../parts/notice';
import { Page } from '../parts/page';
import { useMay, usePerson } from '../service/signed-in';
import { casePath, useCaseName } from './case-name';
import { useCaseWork } from './case-work';
import { casesOf, casesQuery } from './cases-query';
import { QueueBar } from './queue-bar';
import { useQueueFilters } from './queue-filters';
import { QueueList } from './queue-list';
import { useQueueKeys } from './queue-keys';
import style from './queue.module.css';
import { showSkipped, skip, useSkipped } from './skipped';
import { SnoozeDialog } from './snooze-dialog';

/** What waits for a person: cases, the most pressing first. */
export function Queue() {
  const { t, i18n } = useTranslation();
  const go = useNavigate();
  const person = usePerson();
  const mayDecide = useMay('decide');
  const { search, filters, set } = useQueueFilters();
  const skipped = useSkipped();
  const pages = useInfiniteQuery(casesQuery(filters, person.name));
  const cases = casesOf(pages.data, skipped);
  const [current, setCurrent] = useState(0);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [snoozing, setSnoozing] = useState<readonly Case[]>([]);
  const { claim } = useCaseWork();
  const chosen = cases.filter((one) => selected.has(one.caseId));
  const place = Math.min(current, Math.max(0, cases.length - 1));
  const at = cases[place];
  // Keys act on what is selected, else on the case under the cursor.
  const meant = chosen.length > 0 ? chosen : at === undefined ? [] : [at];
  const toggle = (caseId: string) => {
    const after = new Set(selected);
    if (!after.delete(caseId)) {
      after.add(caseId);
    }
    setSelected(after);
  };
  useQueueKeys({
    move: (by) => setCurrent(Math.max(0, Math.min(cases.length - 1, place + by))),
    open: () => at !== undefined && void go(casePath(at, search.toString())),
    ...(mayDecide && {
      select: () => at !== undefined && toggle(at.caseId),
      claim: () => meant.length > 0 && claim.mutate({ cases: meant }),
      snooze: () => setSnoozing(meant),
    }),
    skip: () => meant.forEach((one) => skip(one.caseId)),
    deselect: () => setSelected(new Set()),
  });
  const total = pages.data?.pages[0]?.totalCases ?? 0n;
  return (
    <Page title={t('queue.title')} filling beside={<QueueCount total={total} />}>
      <QueueBar filters={filters} set={set} />
      {chosen.length > 0 && (
        <Selection
          cases={chosen}
          onSnooze={() => setSnoozing(chosen)}
          onClear={() => setSelected(new Set())}
        />
      )}
      {pages.isPending ? (
        <div className={style.list}>
          <Loading lines={10} height={34} />
        </div>
      ) : pages.isError ? (
        <Failed error={pages.error} retry={() => void pages.refetch()} />
      ) : (
        <QueueList
          cases={cases}
          current={place}
          selected={selected}
          selectable={mayDecide}
          search={search.toString()}
          onSelect={toggle}
          onFocus={setCurrent}
          more={pages}
          empty={
            <Notice
              title={t(total > 0n ? 'queue.none_match' : 'queue.none')}
              words={t(total > 0n ? 'queue.none_match_words' : 'queue.none_words')}
            />
          }
          foot={
            <>
              <span>
                {t('queue.loaded', { count: cases.length, shown: grouped(cases.length, i18n.language) })}
              </span>
              {skipped.size > 0 && (
                <button type="button" onClick={showSkipped}>
                  {t('queue.show_skipped', { count: skipped.size })}
                </button>
              )}
              <span className={style.grow} />
              <span>{t('queue.keys')}</span>
            </>
          }
        />
      )}
      <SnoozeDialog cases={snoozing} onClose={() => setSnoozing([])} />
    </Page>
  );
}

function QueueCount({ total }: { total: bigint }) {
  const { t, i18n } = useTranslation();
  return (
    <span className={style.nobody}>
      {t('queue.total', { count: Number(total), shown: grouped(total, i18n.language) })}
    </span>
  );
}

const BULK: readonly IntendedAction[] = ['disqualify', 'clear', 'restrict', 'recover'];

interface SelectionProperties {
  cases: readonly Case[];
  onSnooze: () => void;
  onClear: () => void;
}

/** What can be done with many cases at once. */
function Selection({ cases, onSnooze, onClear }: SelectionProperties) {
  const { t } = useTranslation();
  const name = useCaseName();
  const { claim } = useCaseWork();
  const [asking, setAsking] = useState(false);
  const subjects = cases.map((one) => ({ name: name(one), accountIds: [one.accountId] }));
  return (
    <div className={style.selection} role="toolbar" aria-label={t('queue.bulk')}>
      <strong>{t('queue.selected', { count: cases.length })}</strong>
      <Button size="xs" variant="default" onClick={() => claim.mutate({ cases })}>
        {t('queue.claim')}
      </Button>
      <Button size="xs" variant="default" onClick={onSnooze}>
        {t('queue.snooze')}
      </Button>
      {BULK.map((action) => (
        <Button
          key={action}
          size="xs"
          variant={action === 'disqualify' ? 'filled' : 'default'}
          color={action === 'disqualify' ? 'red' : 'gray'}
          onClick={() => decide({ action, subjects })}
        >
          {t(`decision.verb.${action}`)}
        </Button>
      ))}
      <Button size="xs" variant="default" color="gray" onClick={() => setAsking(true)}>
        {t('case.second_look')}
      </Button>
      <Button size="xs" variant="subtle" onClick={onClear}>
        {t('queue.deselect')}
      </Button>
      {asking && <SecondLook accounts={cases.map((one) => one.accountId)} onClose={() => setAsking(false)} />}
    </div>
  );
}
