import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';

export function dateOf(timestamp: Timestamp | undefined): Date | undefined {
  return timestamp === undefined ? undefined : timestampDate(timestamp);
}

/** Milliseconds since the epoch; 0 where unset. */
export function instantOf(timestamp: Timestamp | undefined): number {
  return dateOf(timestamp)?.getTime() ?? 0;
}

/** To the second with the zone: what a hover shows. */
export function absolute(date: Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }).format(date);
}

/** Day and minute: what a dense table shows. */
export function dayAndMinute(date: Date, language: string): string {
  const thisYear = date.getFullYear() === new Date().getFullYear();
  return new Intl.DateTimeFormat(language, {
    ...(thisYear ? {} : { year: 'numeric' as const }),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(date);
}

export function day(date: Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(date);
}

const SECOND = 1000;
const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 24 * 3600 * SECOND],
  ['month', 30 * 24 * 3600 * SECOND],
  ['day', 24 * 3600 * SECOND],
  ['hour', 3600 * SECOND],
  ['minute', 60 * SECOND],
];

/** `3 hours ago`, `in 2 days`. */
export function relative(date: Date, now: number, language: string): string {
  const away = date.getTime() - now;
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, length] of STEPS) {
    if (Math.abs(away) >= length) {
      return words.format(Math.trunc(away / length), unit);
    }
  }
  return words.format(0, 'minute');
}
