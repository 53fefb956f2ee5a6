import { useSearchParams } from 'react-router';

import { CaseKind, CaseOrder, CaseState } from '../generated/sameuser/v1/review_pb';

/** What the queue shows; it lives in the address, so that a link shows the same. */
export interface QueueFilters {
  order: CaseOrder;
  kind: CaseKind;
  state: CaseState;
  mine: boolean;
  text: string;
}

const ORDERS: Record<string, CaseOrder> = {
  deadline: CaseOrder.UNSPECIFIED,
  tokens: CaseOrder.TOKENS,
  confidence: CaseOrder.CONFIDENCE,
  age: CaseOrder.AGE,
};

const STATES: Record<string, CaseState> = {
  waiting: CaseState.UNSPECIFIED,
  open: CaseState.OPEN,
  claimed: CaseState.CLAIMED,
  snoozed: CaseState.SNOOZED,
};

export const KINDS = [
  CaseKind.APPEAL,
  CaseKind.REFUSED_ADJUSTMENT,
  CaseKind.UNCONFIRMED_RECOVERY,
  CaseKind.HELD_BY_FUSE,
  CaseKind.OVERTURNED_EVIDENCE,
  CaseKind.MIDDLE_SCORE,
  CaseKind.AUDIT_SAMPLE,
] as const;

export const ORDER_NAMES = ['deadline', 'tokens', 'confidence', 'age'] as const;
export const STATE_NAMES = ['waiting', 'open', 'claimed', 'snoozed'] as const;

export function readFilters(search: URLSearchParams): QueueFilters {
  const kindName = search.get('kind') ?? '';
  return {
    order: ORDERS[search.get('order') ?? 'deadline'] ?? CaseOrder.UNSPECIFIED,
    kind: KINDS.find((kind) => CaseKind[kind].toLowerCase() === kindName) ?? CaseKind.UNSPECIFIED,
    state: STATES[search.get('state') ?? 'waiting'] ?? CaseState.UNSPECIFIED,
    mine: search.get('mine') === 'yes',
    text: search.get('text') ?? '',
  };
}

export function useQueueFilters() {
  const [search, setSearch] = useSearchParams();
  const set = (name: string, value: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === '') {
          after.delete(name);
        } else {
          after.set(name, value);
        }
        return after;
      },
      { replace: true },
    );
  return { search, filters: readFilters(search), set };
}
