import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import type { AffectedAccount } from '../generated/sameuser/v1/review_pb';
import { sum } from '../format/tokens';
import { review } from '../service/clients';
import { order, type Details, type Intent } from './intent';

export interface Preview {
  affected: AffectedAccount[];
  grants: bigint;
  tokenBasisPoints: bigint;
}

/** Whom a decision would reach, and what they were granted: the server says, nothing is recorded. */
export function previewQuery(intent: Intent, details: Details, author: string) {
  const { wholeUser, cause, campaignId, grade } = details;
  const incomplete = intent.action === 'restrict' && campaignId === '';
  return queryOptions({
    queryKey: ['preview', intent, wholeUser, cause, campaignId, grade],
    queryFn: async ({ signal }) => {
      const whole: Preview = { affected: [], grants: 0n, tokenBasisPoints: 0n };
      const known = new Set<string>();
      for (const subject of intent.subjects) {
        const answer = await review.createDisposition(order(intent, subject, details, author, true), {
          signal,
        });
        // Two cases may reach the same account: it counts once.
        const fresh = answer.affected.filter((one) => !known.has(one.accountId) && known.add(one.accountId));
        whole.affected.push(...fresh);
        for (const one of fresh) {
          whole.grants += one.grants;
          whole.tokenBasisPoints += sum(one.tokenBasisPoints);
        }
      }
      return whole;
    },
    enabled: !incomplete,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
}
