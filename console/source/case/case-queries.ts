import { Code, ConnectError } from '@connectrpc/connect';
import { queryOptions } from '@tanstack/react-query';

import { campaigns, review } from '../service/clients';

const EVENTS_AT_MOST = 1000;
// What a person may choose from; the graph brings the evidence of the lines it draws.
const PAIRS_AT_MOST = 60;
const CAMPAIGNS_SUMMED_AT_MOST = 10;

/** The case of an account's user with its notes; null where nothing waits any more. */
export function caseQuery(accountId: string) {
  return queryOptions({
    queryKey: ['case', accountId],
    queryFn: () =>
      review.getCase({ caseId: accountId }).catch((error: unknown) => {
        if (error instanceof ConnectError && error.code === Code.NotFound) {
          return null;
        }
        throw error;
      }),
  });
}

export function userQuery(accountId: string) {
  return queryOptions({
    queryKey: ['user', accountId],
    queryFn: () => review.getUser({ accountId, pairsAtMost: PAIRS_AT_MOST, withoutReasons: true }),
  });
}

export function accountQuery(accountId: string) {
  return queryOptions({
    queryKey: ['account', accountId],
    queryFn: async () => (await review.getAccount({ accountId })).account ?? null,
  });
}

export function neighbourhoodQuery(accountId: string, accountsAtMost: number) {
  return queryOptions({
    queryKey: ['neighbourhood', accountId, accountsAtMost],
    queryFn: () => review.getNeighbourhood({ accountId, accountsAtMost }),
  });
}

/** The latest events; of all accounts of the user where `wholeUser`. */
export function eventsQuery(accountId: string, wholeUser: boolean) {
  return queryOptions({
    queryKey: ['events', accountId, wholeUser],
    queryFn: async ({ signal }) => {
      const events = [];
      let pageToken = '';
      let total = 0n;
      // A page may end early, with few events: read on until there are enough or no more.
      do {
        const page = await review.listAccountEvents(
          { accountId, wholeUser, pageSize: EVENTS_AT_MOST, pageToken },
          { signal },
        );
        events.push(...page.events);
        total = page.totalEvents;
        pageToken = page.nextPageToken;
      } while (pageToken !== '' && events.length < EVENTS_AT_MOST);
      return { events, total };
    },
  });
}

/** Decisions about an account, the latest first, those undone too. */
export function dispositionsQuery(accountId: string) {
  return queryOptions({
    queryKey: ['dispositions', accountId],
    queryFn: async () => (await review.listDispositions({ accountId })).dispositions.toReversed(),
  });
}

/** What the account's user had of each campaign, where it had anything. */
export function booksQuery(accountId: string) {
  return queryOptions({
    queryKey: ['book', accountId],
    queryFn: async () => {
      const known = await campaigns.listCampaigns({ pageSize: CAMPAIGNS_SUMMED_AT_MOST });
      const asked = known.campaigns.map(async (campaign) => {
        const { book } = await review.getBook({
          campaignId: campaign.campaignId,
          accountId,
          wholeUser: true,
        });
        return { campaign, book };
      });
      return Promise.all(asked);
    },
  });
}
