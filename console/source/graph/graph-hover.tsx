import { useTranslation } from 'react-i18next';

import { bits, percent } from '../format/tokens';
import { dateOf, day } from '../format/moment';
import type { Evidence } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { HoverBox } from '../parts/hover';
import type { Hover } from './graph-canvas';
import type { Ring } from './ring';

/** Why: what the pointer is on, in words. */
export function GraphHover({ ring, hover }: { ring: Ring; hover: Hover }) {
  return (
    <HoverBox left={hover.x + 14} top={hover.y + 14}>
      <Words ring={ring} id={hover.id} />
    </HoverBox>
  );
}

function Words({ ring, id }: { ring: Ring; id: string }) {
  const rest = id.slice(2);
  if (id.startsWith('a:')) {
    return <AccountWords ring={ring} id={rest} />;
  }
  if (id.startsWith('i:')) {
    return <IdentifierWords ring={ring} number={Number(rest)} />;
  }
  if (id.startsWith('l:')) {
    return <LinkWords ring={ring} id={rest} />;
  }
  const evidence = ring.evidence.get(rest);
  return evidence === undefined ? null : <EvidenceWords evidence={evidence} />;
}

function AccountWords({ ring, id }: { ring: Ring; id: string }) {
  const { t, i18n } = useTranslation();
  const terms = useTerms();
  const one = ring.accounts.get(id);
  if (one === undefined) {
    return null;
  }
  return (
    <>
      <strong>{one.accountId}</strong>
      <span>
        {one.scored
          ? t('graph.abuse', { share: percent(one.abuseProbability, i18n.language) })
          : t('probability.unscored')}
      </span>
      {one.reasons.slice(0, 3).map((reason) => (
        <span key={reason.code}>{terms.why(reason)}</span>
      ))}
    </>
  );
}

function IdentifierWords({ ring, number }: { ring: Ring; number: number }) {
  const { t } = useTranslation();
  const terms = useTerms();
  const one = ring.identifiers.get(number);
  if (one === undefined) {
    return null;
  }
  return (
    <>
      <strong>
        {terms.identifierKind(one.kind)} {one.tag}
      </strong>
      <span>{terms.identifierClass(one.class)}</span>
      <span>{t('graph.used_by', { count: one.accounts })}</span>
    </>
  );
}

function LinkWords({ ring, id }: { ring: Ring; id: string }) {
  const { t, i18n } = useTranslation();
  const terms = useTerms();
  const link = ring.links.get(id);
  const identifier = link && ring.identifiers.get(link.identifierNumber);
  if (link === undefined || identifier === undefined) {
    return null;
  }
  const from = dateOf(link.firstSeenAt);
  const to = dateOf(link.lastSeenAt);
  return (
    <>
      <strong>
        {link.accountId} · {terms.identifierKind(identifier.kind)} {identifier.tag}
      </strong>
      {from !== undefined && to !== undefined && (
        <span>{t('graph.used_from', { from: day(from, i18n.language), to: day(to, i18n.language) })}</span>
      )}
      {link.unboundAt !== undefined && <span>{t('graph.unbound')}</span>}
    </>
  );
}

function EvidenceWords({ evidence }: { evidence: Evidence }) {
  const { t, i18n } = useTranslation();
  const terms = useTerms();
  return (
    <>
      <strong>
        {t('evidence.pair_bits', {
          one: evidence.accountId,
          other: evidence.otherAccountId,
          bits: bits(evidence.millibits, i18n.language),
        })}
      </strong>
      {evidence.items.map((item, index) => (
        <span key={index}>
          {bits(item.millibits, i18n.language)} {terms.evidence(item.kind)} {item.tag}
        </span>
      ))}
      {evidence.bridge && <span>{t('evidence.bridge_words')}</span>}
    </>
  );
}
