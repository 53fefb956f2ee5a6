import type { i18n } from 'i18next';

import type { AuditEntry, ScoreContribution } from '../generated/sameuser/v1/review_pb';
import { ReasonCode, type Reason } from '../generated/sameuser/v1/verdict_pb';

// The server speaks English and says with it the codes and facts that its words are made of. In another language
// they are said anew; what has no words there yet (a model may name new features) keeps the server's.

// How a fact says that the account has no value.
const ABSENT = 'unknown';

// Facts of an audit entry that are codes, each a group of terms.
const CODES = ['cause', 'reason', 'role', 'campaign_state', 'adjustment_kind', 'adjustment_state'];

/** A reason in the language chosen; undefined where only the server has words for it. */
export function reasonWords(words: i18n, { code, facts }: Reason): string | undefined {
  const whole = said(words, `why.${ReasonCode[code]}`, facts);
  if (whole !== undefined) {
    return whole;
  }
  const parts = Object.entries(facts).map(([name, value]) => featureWords(words, name, value));
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length && known.length > 0
    ? known.join(said(words, 'between', {}))
    : undefined;
}

/** What a feature says, in the language chosen; undefined where only the server has words for it. */
export function contributionWords(words: i18n, { feature, value }: ScoreContribution): string | undefined {
  return featureWords(words, feature, value === undefined ? ABSENT : String(value));
}

/** What an entry of the audit says was done; undefined where only the server has words for it. */
export function auditWords(
  words: i18n,
  { action, facts }: AuditEntry,
  term: (group: string, code: string) => string,
): string | undefined {
  const named = Object.entries(facts).map(([name, value]) => {
    const codes = CODES.includes(name) ? value.split(', ').map((code) => term(name, code)) : [value];
    return [name, codes.join(said(words, 'and', {}) ?? ', ')];
  });
  return said(words, `audit.${action}`, Object.fromEntries(named) as Record<string, string>);
}

function featureWords(words: i18n, name: string, value: string): string | undefined {
  if (value !== ABSENT) {
    return said(words, `feature.${name}`, { value });
  }
  const what = said(words, `absent_feature.${name}`, {});
  return what === undefined ? undefined : said(words, 'absent', { what });
}

function said(words: i18n, key: string, facts: Record<string, string>): string | undefined {
  const whole = `server:${key}`;
  // A namespace of one language has no typed keys.
  const say = words.t as (key: string, facts: Record<string, string>) => string;
  return words.exists(whole) ? say(whole, facts) : undefined;
}
