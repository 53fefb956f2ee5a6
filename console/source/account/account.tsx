import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';

import { accountQuery } from '../case/case-queries';
import { DecisionsCard } from '../case/decisions-card';
import { ScoreCard } from '../case/score-card';
import { decide } from '../decision/desk-store';
import { grouped } from '../format/tokens';
import type { AccountDetail } from '../generated/sameuser/v1/review_pb';
import { Answer } from '../parts/answer';
import { Columns } from '../parts/columns';
import { Figure, Figures } from '../parts/figure';
import { Moment } from '../parts/moment';
import { Notice } from '../parts/notice';
import { Page } from '../parts/page';
import { Probability } from '../parts/probability';
import { useMay } from '../service/signed-in';
import { TimelineCard } from '../timeline/timeline-card';
import { AppealDialog } from './appeal-dialog';
import { BooksCard, IdentifiersCard, VerdictsCard } from './account-cards';

/** One account in full. */
export function AccountPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const account = useQuery(accountQuery(id));
  return (
    <Answer query={account} lines={12}>
      {(detail) =>
        detail === null ? (
          <Notice title={t('failure.missing.title')} />
        ) : (
          <AccountBody key={id} id={id} detail={detail} />
        )
      }
    </Answer>
  );
}

function AccountBody({ id, detail }: { id: string; detail: AccountDetail }) {
  const { t, i18n } = useTranslation();
  const { summary } = detail;
  return (
    <Page title={t('account.title', { account: id })} actions={<AccountActions id={id} detail={detail} />}>
      <Figures>
        <Figure name={t('case.probability')}>
          <Probability value={summary?.abuseProbability ?? 0} scored={summary?.scored ?? false} />
        </Figure>
        <Figure name={t('account.user_accounts')}>{grouped(detail.userAccounts, i18n.language)}</Figure>
        <Figure name={t('account.registered')}>
          {detail.registeredAt ? <Moment at={detail.registeredAt} exact /> : t('account.unseen')}
        </Figure>
        <Figure name={t('account.first_seen')}>
          <Moment at={detail.firstSeenAt} exact />
        </Figure>
        <Figure name={t('account.last_seen')}>
          <Moment at={detail.lastSeenAt} exact />
        </Figure>
        <Figure name={t('account.tag')}>{detail.accountTag}</Figure>
      </Figures>
      <Columns
        beside={
          <>
            <ScoreCard account={id} />
            <IdentifiersCard detail={detail} />
            <BooksCard books={detail.books} />
          </>
        }
      >
        <TimelineCard account={id} wholeUser={false} />
        <VerdictsCard verdicts={detail.verdicts} />
        <DecisionsCard account={id} />
      </Columns>
    </Page>
  );
}

function AccountActions({ id, detail }: { id: string; detail: AccountDetail }) {
  const { t } = useTranslation();
  const mayDecide = useMay('decide');
  const [appealing, setAppealing] = useState(false);
  const subjects = [{ name: id, accountIds: [id] }];
  return (
    <>
      <Button variant="default" component={Link} to={`/cases/${encodeURIComponent(id)}`}>
        {t(detail.userAccounts > 1 ? 'account.open_ring' : 'account.open_case')}
      </Button>
      {mayDecide && (
        <>
          <Button variant="default" onClick={() => setAppealing(true)}>
            {t('appeal.open')}
          </Button>
          <Button variant="default" onClick={() => decide({ action: 'recover', subjects })}>
            {t('decision.verb.recover')}
          </Button>
          <Button variant="default" onClick={() => decide({ action: 'restrict', subjects })}>
            {t('decision.verb.restrict')}
          </Button>
          <Button variant="default" onClick={() => decide({ action: 'clear', subjects })}>
            {t('decision.verb.clear')}
          </Button>
          <Button color="red" onClick={() => decide({ action: 'disqualify', subjects })}>
            {t('decision.verb.disqualify')}
          </Button>
        </>
      )}
      {appealing && <AppealDialog account={id} onClose={() => setAppealing(false)} />}
    </>
  );
}
