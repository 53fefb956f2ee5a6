import { useTranslation } from 'react-i18next';

import { instantOf } from '../format/moment';
import { percent } from '../format/tokens';
import { EventType } from '../generated/sameuser/v1/event_pb';
import type { AccountEvent } from '../generated/sameuser/v1/review_pb';

const TASKS_AT_LEAST = 5;
const MINUTE_MS = 60_000;
/** People's gaps spread wider than this. */
const REGULAR_UP_TO = 1;

/** How regular tasks come: the median gap of an account's tasks, and how far the middle half spreads. */
export function Cadence({ events }: { events: readonly AccountEvent[] }) {
  const { t, i18n } = useTranslation();
  const gaps = gapsOf(events);
  if (gaps.length < TASKS_AT_LEAST) {
    return null;
  }
  const middle = quantile(gaps, 0.5);
  const spread = (quantile(gaps, 0.75) - quantile(gaps, 0.25)) / Math.max(1, middle);
  const minutes = Math.max(1, Math.round(middle / MINUTE_MS));
  return (
    <span title={t('timeline.cadence_words')}>
      {t(spread > REGULAR_UP_TO ? 'timeline.irregular' : 'timeline.cadence', {
        gap: lengthOf(minutes, i18n.language),
        spread: percent(spread, i18n.language),
      })}
    </span>
  );
}

function gapsOf(events: readonly AccountEvent[]): number[] {
  const last = new Map<string, number>();
  const gaps = [];
  for (const event of events.toSorted((a, b) => instantOf(a.occurredAt) - instantOf(b.occurredAt))) {
    if (event.eventType === EventType.TASK_COMPLETED) {
      const at = instantOf(event.occurredAt);
      const before = last.get(event.accountId);
      if (before !== undefined) {
        gaps.push(at - before);
      }
      last.set(event.accountId, at);
    }
  }
  return gaps.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

function lengthOf(minutes: number, language: string): string {
  const [value, unit] =
    minutes < 120 ? [minutes, 'minute'] : minutes < 2880 ? [minutes / 60, 'hour'] : [minutes / 1440, 'day'];
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: unit,
    maximumFractionDigits: 1,
  }).format(value);
}
