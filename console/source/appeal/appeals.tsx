import { SegmentedControl } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';

import { AppealState, type Appeal } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Answer } from '../parts/answer';
import { Card } from '../parts/card';
import { Choice, Choices } from '../parts/choices';
import { Moment } from '../parts/moment';
import { Notice } from '../parts/notice';
import { Page } from '../parts/page';
import { review } from '../service/clients';
import { AppealDetail } from './appeal-detail';
import style from './appeal.module.css';
import { Deadline } from './deadline';

const APPEALS_AT_MOST = 1000;
const STATES = {
  open: AppealState.OPEN,
  granted: AppealState.GRANTED,
  rejected: AppealState.REJECTED,
  all: AppealState.UNSPECIFIED,
};
type StateName = keyof typeof STATES;

function appealsQuery(state: AppealState) {
  return queryOptions({
    queryKey: ['appeals', state],
    queryFn: async () => {
      const { appeals } = await review.listAppeals({ state, pageSize: APPEALS_AT_MOST });
      // Open ones come by their deadline; what is decided, the latest first.
      return state === AppealState.OPEN ? appeals : appeals.toReversed();
    },
  });
}

/** Users who say they were wrongly refused, by the clock that runs for each. */
export function Appeals() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const named = search.get('state');
  const stateName: StateName =
    named !== null && named in STATES ? (named as StateName) : search.has('appeal') ? 'all' : 'open';
  const appeals = useQuery(appealsQuery(STATES[stateName]));
  const choose = (appeal: string) => setSearch({ state: stateName, appeal }, { replace: true });
  return (
    <Page
      title={t('appeal.title')}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t('appeal.state')}
          value={stateName}
          data={Object.keys(STATES).map((name) => ({
            value: name,
            label: t(`appeal.filter.${name as StateName}`),
          }))}
          onChange={(state) => setSearch({ state }, { replace: true })}
        />
      }
    >
      <Answer query={appeals}>
        {(all) => {
          const shown = all.find((one) => one.appealId === search.get('appeal')) ?? all[0];
          if (shown === undefined) {
            return <Notice title={t(`appeal.none.${stateName}`)} words={t('appeal.none_words')} />;
          }
          return (
            <div className={style.layout}>
              <Card title={t('appeal.count', { count: all.length })} flush>
                <Choices>
                  {all.map((one) => (
                    <AppealItem
                      key={one.appealId}
                      one={one}
                      current={one === shown}
                      onChoose={() => choose(one.appealId)}
                    />
                  ))}
                </Choices>
              </Card>
              <AppealDetail key={shown.appealId} appeal={shown} />
            </div>
          );
        }}
      </Answer>
    </Page>
  );
}

function AppealItem({ one, current, onChoose }: { one: Appeal; current: boolean; onChoose: () => void }) {
  const terms = useTerms();
  return (
    <Choice
      name={one.accountId}
      aside={
        one.state === AppealState.OPEN && one.decideBy !== undefined ? (
          <Deadline at={one.decideBy} />
        ) : (
          <>
            {terms.appealState(one.state)} <Moment at={one.decidedAt} />
          </>
        )
      }
      current={current}
      onChoose={onChoose}
    >
      {one.statement}
    </Choice>
  );
}
