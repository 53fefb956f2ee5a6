import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';

import { DispositionTable } from '../decision/disposition-table';
import type { Disposition } from '../generated/sameuser/v1/review_pb';
import { Answer } from '../parts/answer';
import { Card } from '../parts/card';
import { Notice } from '../parts/notice';
import { Page } from '../parts/page';
import { review } from '../service/clients';

const PAGE = 1000;
const PAGES_AT_MOST = 20;
const VIEWS = ['restrictions', 'all'] as const;
const ENDS = ['in_force', 'ended_too'] as const;

/** What is in force against whom: restrictions, or every decision. */
export function Restrictions() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const view = VIEWS.find((name) => name === search.get('view')) ?? 'restrictions';
  const ends = ENDS.find((name) => name === search.get('ends')) ?? 'in_force';
  const set = (name: string, value: string) => {
    const after = new URLSearchParams(search);
    after.set(name, value);
    setSearch(after, { replace: true });
  };
  const dispositions = useQuery({
    queryKey: ['dispositions', 'list', view, ends],
    queryFn: () => latest(view === 'restrictions', ends === 'in_force'),
  });
  return (
    <Page
      title={t('restriction.title')}
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label={t('restriction.view')}
            value={view}
            data={VIEWS.map((name) => ({ value: name, label: t(`restriction.${name}`) }))}
            onChange={(name) => set('view', name)}
          />
          <SegmentedControl
            size="xs"
            aria-label={t('decision.state')}
            value={ends}
            data={ENDS.map((name) => ({ value: name, label: t(`restriction.${name}`) }))}
            onChange={(name) => set('ends', name)}
          />
        </>
      }
    >
      <Answer query={dispositions}>
        {(all) =>
          all.length === 0 ? (
            <Notice title={t(`restriction.none_${view}`)} words={t('restriction.none_words')} />
          ) : (
            <Card title={t('restriction.count', { count: all.length })} flush>
              <DispositionTable dispositions={all} withAccounts />
            </Card>
          )
        }
      </Answer>
    </Page>
  );
}

/** The server lists the latest last: pages are read to the end, and turned around. */
async function latest(restrictions: boolean, inForce: boolean): Promise<Disposition[]> {
  const all: Disposition[] = [];
  let pageToken = '';
  for (let page = 0; page < PAGES_AT_MOST; page += 1) {
    const answer = await review.listDispositions({ restrictions, inForce, pageSize: PAGE, pageToken });
    all.push(...answer.dispositions);
    pageToken = answer.nextPageToken;
    if (pageToken === '') {
      break;
    }
  }
  return all.toReversed();
}
