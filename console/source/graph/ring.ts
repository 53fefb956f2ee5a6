import { pairKey } from '../case/evidence-pairs';
import type {
  AccountSummary,
  Evidence,
  GetNeighbourhoodResponse,
  Identifier,
  IdentifierLink,
} from '../generated/sameuser/v1/review_pb';

/** Accounts and identifiers around a case, as far as they were asked for. */
export interface Ring {
  accounts: Map<string, AccountSummary>;
  identifiers: Map<number, Identifier>;
  links: Map<string, IdentifierLink>;
  evidence: Map<string, Evidence>;
  truncated: boolean;
}

/** Accounts that are drawn before more are asked for. */
export const DRAWN_FIRST = 50;
/** The most accounts that are drawn at once. */
export const ACCOUNTS_AT_MOST = 500;
/** How many more an account brings when it is expanded. */
export const EXPANDED_BY = 50;

export function emptyRing(): Ring {
  return {
    accounts: new Map(),
    identifiers: new Map(),
    links: new Map(),
    evidence: new Map(),
    truncated: false,
  };
}

/** Adds an answer to a ring, up to the limit; what does not fit is left out and said. */
export function joined(ring: Ring, answer: GetNeighbourhoodResponse): Ring {
  const after: Ring = {
    accounts: new Map(ring.accounts),
    identifiers: new Map(ring.identifiers),
    links: new Map(ring.links),
    evidence: new Map(ring.evidence),
    truncated: answer.truncated,
  };
  for (const account of answer.accounts) {
    if (after.accounts.has(account.accountId) || after.accounts.size < ACCOUNTS_AT_MOST) {
      after.accounts.set(account.accountId, account);
    } else {
      after.truncated = true;
    }
  }
  const known = new Map(answer.identifiers.map((one) => [one.number, one]));
  for (const link of answer.links) {
    const identifier = known.get(link.identifierNumber);
    if (identifier !== undefined && after.accounts.has(link.accountId)) {
      after.identifiers.set(identifier.number, identifier);
      after.links.set(`${link.accountId} ${link.identifierNumber}`, link);
    }
  }
  for (const one of answer.evidence) {
    if (after.accounts.has(one.accountId) && after.accounts.has(one.otherAccountId)) {
      after.evidence.set(pairKey(one.accountId, one.otherAccountId), one);
    }
  }
  return after;
}

/** Identifiers that only one of the drawn accounts used tell nothing of a ring: they may be left out. */
export function withoutLoners(ring: Ring): Ring {
  const uses = new Map<number, number>();
  for (const link of ring.links.values()) {
    uses.set(link.identifierNumber, (uses.get(link.identifierNumber) ?? 0) + 1);
  }
  const shared = (number: number) => (uses.get(number) ?? 0) > 1;
  return {
    ...ring,
    identifiers: new Map([...ring.identifiers].filter(([number]) => shared(number))),
    links: new Map([...ring.links].filter(([, link]) => shared(link.identifierNumber))),
  };
}
