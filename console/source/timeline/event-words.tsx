import { useTranslation } from 'react-i18next';

import { absolute, dateOf } from '../format/moment';
import { grouped } from '../format/tokens';
import { EventType } from '../generated/sameuser/v1/event_pb';
import type { AccountEvent } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';

export function useEventName(): (event: AccountEvent) => string {
  const { t } = useTranslation();
  return (event) => t(`timeline.type.${EventType[event.eventType] as keyof typeof EventType}`);
}

/** One event in words. */
export function EventWords({ event }: { event: AccountEvent }) {
  const { t, i18n } = useTranslation();
  const terms = useTerms();
  const name = useEventName();
  const at = dateOf(event.occurredAt);
  return (
    <>
      <strong>
        {name(event)} · {event.accountId}
      </strong>
      {at !== undefined && <span>{absolute(at, i18n.language)}</span>}
      {event.surface !== '' && (
        <span>{[terms.surface(event.surface), event.platform].filter(Boolean).join(' · ')}</span>
      )}
      {event.tokens > 0n && (
        <span>{t('amount.tokens', { amount: grouped(event.tokens, i18n.language) })}</span>
      )}
      {event.identifiers.map((one) => (
        <span key={one.kind + one.tag}>
          {terms.identifierKind(one.kind)} {one.tag}
        </span>
      ))}
    </>
  );
}
