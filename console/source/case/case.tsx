import { usePrefetchQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';

import { DRAWN_FIRST } from '../graph/ring';
import { RingCard } from '../graph/ring-card';
import type { Evidence, GetCaseResponse, GetUserResponse } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Answer } from '../parts/answer';
import { Page } from '../parts/page';
import { TimelineCard } from '../timeline/timeline-card';
import { AdjustmentCard } from './adjustment-card';
import { CaseActions } from './case-actions';
import { CaseFigures } from './case-figures';
import { caseQuery, neighbourhoodQuery, userQuery } from './case-queries';
import style from './case.module.css';
import { CaseBadges, useCaseTitle } from './case-title';
import { DecisionsCard } from './decisions-card';
import { EvidenceCard } from './evidence-card';
import { keyOf, lookedAtFirst } from './evidence-pairs';
import { MoneyCard } from './money-card';
import { NotesCard } from './notes-card';
import { ScoreCard } from './score-card';

/** All about one user or ring, and what can be decided of it. */
export function CasePage() {
  const { account = '' } = useParams();
  // The graph asks for it below: it need not wait for the rest.
  usePrefetchQuery(neighbourhoodQuery(account, DRAWN_FIRST));
  const found = useQuery(caseQuery(account));
  const user = useQuery(userQuery(account));
  return (
    <Answer query={user} lines={12}>
      {(known) => (
        <Answer query={found} lines={12}>
          {/* The key begins anew for another case: nothing chosen in one stays chosen in the next. */}
          {(one) => <CaseBody key={account} account={account} found={one} user={known} />}
        </Answer>
      )}
    </Answer>
  );
}

interface CaseBodyProperties {
  account: string;
  found: GetCaseResponse | null;
  user: GetUserResponse;
}

function CaseBody({ account, found, user }: CaseBodyProperties) {
  const { t } = useTranslation();
  const terms = useTerms();
  const title = useCaseTitle(account, user.accounts.length);
  const [chosen, setChosen] = useState(account);
  const [pair, setPair] = useState<string | undefined>(undefined);
  const evidence: Evidence | undefined =
    user.evidence.find((one) => keyOf(one) === pair) ?? lookedAtFirst(user.evidence, chosen);
  return (
    <Page
      title={title}
      beside={<CaseBadges found={found?.case} />}
      actions={<CaseActions account={account} found={found?.case} user={user} evidence={evidence} />}
    >
      {found?.case !== undefined && <p className={style.statement}>{terms.caseWhy(found.case)}</p>}
      {found === null && <p className={style.statement}>{t('case.nothing_waits')}</p>}
      <CaseFigures account={account} found={found?.case} user={user} />
      <div className={style.columns}>
        <div className={style.column}>
          <RingCard
            account={account}
            chosen={chosen}
            onAccount={(id) => {
              setChosen(id);
              setPair(undefined);
            }}
            onPair={setPair}
          />
          <TimelineCard account={account} wholeUser />
          <DecisionsCard account={chosen} />
        </div>
        <div className={style.column}>
          {found?.case !== undefined && found.case.adjustmentId !== '' && (
            <AdjustmentCard adjustmentId={found.case.adjustmentId} />
          )}
          <EvidenceCard all={user.evidence} shown={evidence} onShow={setPair} />
          <ScoreCard account={chosen} />
          <MoneyCard account={account} />
          <NotesCard account={account} notes={found?.notes ?? []} />
        </div>
      </div>
    </Page>
  );
}
