import { infiniteQueryOptions, type InfiniteData } from '@tanstack/react-query';

import type { Case, ListCasesResponse } from '../generated/sameuser/v1/review_pb';
import { review } from '../service/clients';
import type { QueueFilters } from './queue-filters';

const PAGE = 100;

/** The queue page by page, in the server's order. */
export function casesQuery(filters: QueueFilters, person: string) {
  const claimedBy = filters.mine ? person : '';
  return infiniteQueryOptions({
    queryKey: ['cases', filters, claimedBy],
    queryFn: ({ pageParam }) =>
      review.listCases({
        pageSize: PAGE,
        pageToken: pageParam,
        order: filters.order,
        kind: filters.kind,
        state: filters.state,
        text: filters.text,
        claimedBy,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => (last.nextPageToken === '' ? undefined : last.nextPageToken),
  });
}

/** The cases of the pages so far, each once: one may move to a later page between two calls. */
export function casesOf(
  data: InfiniteData<ListCasesResponse> | undefined,
  skipped: ReadonlySet<string>,
): Case[] {
  const seen = new Set<string>();
  return (data?.pages ?? [])
    .flatMap((page) => page.cases)
    .filter((one) => !skipped.has(one.caseId) && !seen.has(one.caseId) && seen.add(one.caseId));
}
