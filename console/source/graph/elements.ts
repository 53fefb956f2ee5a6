import type { ElementDefinition } from 'cytoscape';

import type { Evidence } from '../generated/sameuser/v1/review_pb';
import { riskOf } from '../parts/probability';
import type { Ring } from './ring';

// A line is as thick as its evidence is strong, between these.
const THIN = 1.5;
const THICK = 9;
const BITS_OF_THICK = 30;

/** The ring as nodes and edges; ids tell what is what: `a:` account, `i:` identifier, `l:` link, `e:` evidence. */
export function elementsOf(ring: Ring, account: string): ElementDefinition[] {
  const home = ring.accounts.get(account)?.userId;
  const accounts = [...ring.accounts.values()].map((one) => ({
    group: 'nodes' as const,
    data: {
      id: `a:${one.accountId}`,
      label: shortId(one.accountId),
      what: 'account',
      risk: riskOf(one.abuseProbability, one.scored),
      home: one.userId === home ? 'yes' : 'no',
    },
  }));
  const identifiers = [...ring.identifiers.values()].map((one) => ({
    group: 'nodes' as const,
    data: { id: `i:${one.number}`, label: one.tag, what: 'identifier', kind: one.kind, class: one.class },
  }));
  const links = [...ring.links].map(([key, link]) => ({
    group: 'edges' as const,
    data: {
      id: `l:${key}`,
      source: `a:${link.accountId}`,
      target: `i:${link.identifierNumber}`,
      what: 'link',
      unbound: link.unboundAt === undefined ? 'no' : 'yes',
    },
  }));
  const evidence = [...ring.evidence].map(([key, one]) => ({
    group: 'edges' as const,
    data: {
      id: `e:${key}`,
      source: `a:${one.accountId}`,
      target: `a:${one.otherAccountId}`,
      what: 'evidence',
      width: widthOf(one),
      blame: one.carriesBlame ? 'yes' : 'no',
      bridge: one.bridge ? 'yes' : 'no',
    },
  }));
  return [...accounts, ...identifiers, ...links, ...evidence];
}

// Ids are long and close together: the start tells most apart, the rest comes on hover.
const SHOWN_OF_AN_ID = 7;

function shortId(id: string): string {
  return id.length > SHOWN_OF_AN_ID + 2 ? `${id.slice(0, SHOWN_OF_AN_ID)}…` : id;
}

function widthOf(evidence: Evidence): number {
  const strength = Math.max(0, Number(evidence.millibits) / 1000) / BITS_OF_THICK;
  return THIN + (THICK - THIN) * Math.min(1, strength);
}
