import { queryOptions } from '@tanstack/react-query';

import { review } from '../service/clients';

const AGAIN_AFTER_MS = 30_000;
// While the server still counts the verdicts of these hours.
const SOON_MS = 1500;

export function overviewQuery(hours: number) {
  return queryOptions({
    queryKey: ['overview', hours],
    queryFn: () => review.getOverview({ hours }),
    refetchInterval: (query) => (query.state.data?.complete === false ? SOON_MS : AGAIN_AFTER_MS),
  });
}
