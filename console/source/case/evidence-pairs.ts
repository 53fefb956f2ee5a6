import type { Evidence } from '../generated/sameuser/v1/review_pb';

export function keyOf(evidence: Pick<Evidence, 'accountId' | 'otherAccountId'>): string {
  return pairKey(evidence.accountId, evidence.otherAccountId);
}

export function pairKey(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** A bridge first, since there strangers may be taken for one; else the strongest of the account chosen. */
export function lookedAtFirst(all: readonly Evidence[], chosen: string): Evidence | undefined {
  const bridge = all.find((one) => one.bridge);
  const touching = all.filter((one) => one.accountId === chosen || one.otherAccountId === chosen);
  const strongest = (pairs: readonly Evidence[]) =>
    pairs.reduce<Evidence | undefined>(
      (best, one) => (best === undefined || one.millibits > best.millibits ? one : best),
      undefined,
    );
  return strongest(touching) ?? bridge ?? strongest(all);
}
