import { useQueryClient } from '@tanstack/react-query';

// What a decision may change anywhere.
const TOUCHED = [
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

/** Has every screen ask again for what a decision may have changed. */
export function useRefresh(): () => Promise<unknown> {
  const queries = useQueryClient();
  return () =>
    queries.invalidateQueries({ predicate: (query) => TOUCHED.includes(String(query.queryKey[0])) });
}
