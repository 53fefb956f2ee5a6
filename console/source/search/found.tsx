import { Badge, Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { DecisionBadge } from '../account/account-cards';
import type { SearchResult } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Amount } from '../parts/amount';
import { AccountLink, IdentifierLink } from '../parts/links';
import { Moment } from '../parts/moment';
import { Probability } from '../parts/probability';
import style from './search.module.css';
import { StatementDialog, type About } from './statement-dialog';

/** One thing that a search found. */
export function FoundRow({ result }: { result: SearchResult }) {
  const { t } = useTranslation();
  const { found } = result;
  return (
    <li className={style.result}>
      <span className={style.kind}>{t(`search.found.${found.case ?? 'account'}`)}</span>
      <div className={style.what}>
        <What found={found} />
      </div>
    </li>
  );
}

function What({ found }: { found: SearchResult['found'] }) {
  const { t } = useTranslation();
  const terms = useTerms();
  switch (found.case) {
    case 'account':
      return (
        <>
          <AccountLink id={found.value.accountId} />
          <Probability value={found.value.abuseProbability} scored={found.value.scored} />
          <Link to={`/cases/${encodeURIComponent(found.value.accountId)}`}>{t('search.ring')}</Link>
        </>
      );
    case 'identifier':
      return (
        <>
          <IdentifierLink kind={found.value.kind} tag={found.value.tag} class={found.value.class} />
          <span>{t('graph.used_by', { count: found.value.accounts })}</span>
        </>
      );
    case 'verdict':
      return (
        <>
          <strong>{found.value.verdictId}</strong>
          <DecisionBadge decision={found.value.decision} />
          <AccountLink id={found.value.accountId} />
          <span>{found.value.reasons[0] && terms.why(found.value.reasons[0])}</span>
          <Moment at={found.value.decidedAt} />
          <Statement about={{ case: 'verdictId', value: found.value.verdictId }} />
        </>
      );
    case 'adjustment':
      return (
        <>
          <strong>
            {terms.adjustmentKind(found.value.kind)} {found.value.adjustmentId}
          </strong>
          <Badge variant="light" color="gray" tt="none" radius="sm">
            {terms.adjustmentState(found.value.state)}
          </Badge>
          <AccountLink id={found.value.accountId} />
          <Amount basisPoints={found.value.tokenBasisPoints} />
          <Moment at={found.value.changedAt} />
          <Statement about={{ case: 'adjustmentId', value: found.value.adjustmentId }} />
        </>
      );
    case 'disposition':
      return (
        <>
          <strong>
            {terms.action(found.value.action.case)} {found.value.dispositionId}
          </strong>
          <AccountLink id={found.value.accountIds[0] ?? ''} />
          <span>{found.value.statement}</span>
          <span>{found.value.author}</span>
          <Moment at={found.value.madeAt} />
          <Statement about={{ case: 'dispositionId', value: found.value.dispositionId }} />
        </>
      );
    case 'appeal':
      return (
        <>
          <Link to={`/appeals?appeal=${found.value.appealId}`}>{found.value.appealId}</Link>
          <Badge variant="light" color="indigo" tt="none" radius="sm">
            {terms.appealState(found.value.state)}
          </Badge>
          <AccountLink id={found.value.accountId} />
          <span>{found.value.statement}</span>
        </>
      );
    case undefined:
      return null;
  }
}

function Statement({ about }: { about: About }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={() => setShown(true)}>
        {t('statement.show')}
      </Button>
      {shown && <StatementDialog about={about} onClose={() => setShown(false)} />}
    </>
  );
}
