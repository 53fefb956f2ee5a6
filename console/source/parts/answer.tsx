import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { Failed } from './failed';
import { Loading } from './loading';

interface AnswerProperties<T> {
  query: UseQueryResult<T>;
  lines?: number;
  children: (data: T) => ReactNode;
}

/** What a query answered; grey lines before, the failure in words instead. */
export function Answer<T>({ query, lines = 6, children }: AnswerProperties<T>) {
  if (query.isPending) {
    return <Loading lines={lines} />;
  }
  if (query.isError) {
    return <Failed error={query.error} retry={() => void query.refetch()} />;
  }
  return children(query.data);
}
