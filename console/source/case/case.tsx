import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';

import { RingCard } from '../graph/ring-card';
import type { Evidence } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Answer } from '../parts/answer';
import { Columns } from '../parts/columns';
import { Failed } from '../parts/failed';
import { Page } from '../parts/page';
import { TimelineCard } from '../timeline/timeline-card';
import { AdjustmentCard } from './adjustment-card';
import { CaseActions } from './case-actions';
import { CaseFigures } from './case-figures';
import { caseQuery, userQuery } from './case-queries';
import style from './case.module.css';
import { CaseBadges, useCaseTitle } from './case-title';
import { DecisionsCard } from './decisions-card';
import { EvidenceCard } from './evidence-card';
import { lookedAtFirst } from './evidence-pairs';
import { MoneyCard } from './money-card';
import { NotesCard } from './notes-card';
import { ScoreCard } from './score-card';

/** All about one user or ring, and what can be decided of it. */
export function CasePage() {
  const { account = '' } = useParams();
  // The key begins anew for another case: nothing chosen in one stays chosen in the next.
  return <OneCase key={account} account={account} />;
}

/** Everything is asked for at once and shown as it comes: a large ring's evidence holds up no other card. */
function OneCase({ account }: { account: string }) {
  const terms = useTerms();
  const { t } = useTranslation();
  const found = useQuery(caseQuery(account));
  const user = useQuery(userQuery(account));
  const [chosen, setChosen] = useState(account);
  const [pair, setPair] = useState<Evidence | undefined>(undefined);
  const title = useCaseTitle(account, user.data?.accounts.length);
  if (user.isError) {
    return <Failed error={user.error} retry={() => void user.refetch()} />;
  }
  const one = found.data?.case;
  const evidence = pair ?? lookedAtFirst(user.data?.evidence ?? [], chosen);
  return (
    <Page
      title={title}
      beside={<CaseBadges found={one} />}
      actions={
        found.isSuccess &&
        user.isSuccess && <CaseActions account={account} found={one} user={user.data} evidence={evidence} />
      }
    >
      {one !== undefined && <p className={style.statement}>{terms.caseWhy(one)}</p>}
      {found.data === null && <p className={style.statement}>{t('case.nothing_waits')}</p>}
      <Answer query={found} lines={2}>
        {() => user.isSuccess && <CaseFigures account={account} found={one} user={user.data} />}
      </Answer>
      <Columns
        beside={
          <>
            {one !== undefined && one.adjustmentId !== '' && (
              <AdjustmentCard adjustmentId={one.adjustmentId} />
            )}
            <EvidenceCard user={user} shown={evidence} onShow={setPair} />
            <ScoreCard account={chosen} />
            <MoneyCard account={account} />
            <NotesCard account={account} notes={found.data?.notes ?? []} />
          </>
        }
      >
        <RingCard
          account={account}
          chosen={chosen}
          onAccount={(id, strongest) => {
            setChosen(id);
            setPair(strongest);
          }}
          onPair={setPair}
        />
        <TimelineCard account={account} wholeUser />
        <DecisionsCard account={chosen} />
      </Columns>
    </Page>
  );
}
