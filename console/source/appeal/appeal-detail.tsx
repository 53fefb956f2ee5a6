import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { useCampaignName } from '../campaign/campaign-name';
import { accountQuery } from '../case/case-queries';
import { DecisionsCard } from '../case/decisions-card';
import { ScoreCard } from '../case/score-card';
import { AppealState, type Appeal } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Card } from '../parts/card';
import { Failed } from '../parts/failed';
import { Figure, Figures } from '../parts/figure';
import { AccountLink } from '../parts/links';
import { Moment } from '../parts/moment';
import { StatementField } from '../parts/statement-field';
import { review } from '../service/clients';
import { OF_DECISIONS, useRefresh } from '../service/refresh';
import { useMay, usePerson } from '../service/signed-in';
import style from './appeal.module.css';
import { Deadline } from './deadline';

/** One appeal: what the user says, what was decided before, and the decision to be made. */
export function AppealDetail({ appeal }: { appeal: Appeal }) {
  const { t } = useTranslation();
  const campaignName = useCampaignName();
  const account = useQuery(accountQuery(appeal.accountId)).data;
  const refused = account?.verdicts.find((verdict) => verdict.campaignId === appeal.campaignId);
  return (
    <div className={style.stack}>
      <Figures>
        <Figure name={t('account.one')}>
          <AccountLink id={appeal.accountId} />
        </Figure>
        <Figure name={t('appeal.opened_at')}>
          <Moment at={appeal.openedAt} />
        </Figure>
        {appeal.state === AppealState.OPEN && appeal.decideBy !== undefined && (
          <Figure name={t('appeal.clock')}>
            <Deadline at={appeal.decideBy} />
          </Figure>
        )}
      </Figures>
      <Card
        title={t('appeal.statement')}
        aside={<Link to={`/cases/${encodeURIComponent(appeal.accountId)}`}>{t('search.ring')}</Link>}
      >
        <blockquote className={style.quote}>{appeal.statement}</blockquote>
        <p className={style.words}>
          {t('appeal.taken_down', { name: appeal.openedBy, campaign: campaignName(appeal.campaignId) })}
        </p>
        {refused?.reasons[0] !== undefined && (
          <p>{t('appeal.latest', { reason: refused.reasons[0].statement })}</p>
        )}
        {appeal.state === AppealState.OPEN ? <Decide appeal={appeal} /> : <Decided appeal={appeal} />}
      </Card>
      <DecisionsCard account={appeal.accountId} />
      <ScoreCard account={appeal.accountId} />
    </div>
  );
}

function Decide({ appeal }: { appeal: Appeal }) {
  const { t } = useTranslation();
  const person = usePerson();
  const mayDecide = useMay('decide');
  const refresh = useRefresh(OF_DECISIONS);
  const [statement, setStatement] = useState('');
  const decide = useMutation({
    mutationFn: (granted: boolean) =>
      review.decideAppeal({ appealId: appeal.appealId, granted, statement, author: person.name }),
    onSuccess: (_, granted) =>
      notifications.show({ message: t(granted ? 'appeal.was_granted' : 'appeal.was_rejected') }),
    onSettled: refresh,
  });
  if (!mayDecide) {
    return null;
  }
  const empty = statement.trim() === '';
  return (
    <>
      <StatementField
        label={t('decision.statement')}
        description={t('appeal.decide_words')}
        mt="sm"
        value={statement}
        setValue={setStatement}
      />
      <div className={style.decide}>
        <Button disabled={empty} loading={decide.isPending} onClick={() => decide.mutate(true)}>
          {t('appeal.grant')}
        </Button>
        <Button
          variant="default"
          disabled={empty}
          loading={decide.isPending}
          onClick={() => decide.mutate(false)}
        >
          {t('appeal.reject')}
        </Button>
      </div>
      {decide.isError && <Failed error={decide.error} />}
    </>
  );
}

function Decided({ appeal }: { appeal: Appeal }) {
  const { t } = useTranslation();
  const terms = useTerms();
  return (
    <p>
      <strong>{terms.appealState(appeal.state)}</strong> · {t('appeal.by', { name: appeal.decidedBy })}{' '}
      <Moment at={appeal.decidedAt} />: {appeal.decisionStatement}
    </p>
  );
}
