import { useQueryClient } from '@tanstack/react-query';

/** What a decision about people may have changed, by the names of queries. */
export const OF_DECISIONS = [
  'case',
  'cases',
  'account',
  'user',
  'neighbourhood',
  'dispositions',
  'appeals',
  'audit',
  'book',
  'quality',
];
/** What work on cases that decides nothing may have changed. */
export const OF_CASES = ['case', 'cases'];
/** What another revision of a campaign may have changed. */
export const OF_CAMPAIGNS = ['campaigns', 'revisions', 'audit'];
/** What a word about a fuse may have changed. */
export const OF_FUSES = ['fuses', 'quality', 'cases', 'audit'];

/** Has every screen ask again for what may have changed. */
export function useRefresh(names: readonly string[]): () => Promise<unknown> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ predicate: (query) => names.includes(String(query.queryKey[0])) });
}
