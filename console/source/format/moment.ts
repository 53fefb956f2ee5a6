import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';

export function dateOf(timestamp: Timestamp | undefined): Date | undefined {
  return timestamp === undefined ? undefined : timestampDate(timestamp);
}

/** Milliseconds since the epoch; 0 where unset. */
export function instantOf(timestamp: Timestamp | undefined): number {
  return dateOf(timestamp)?.getTime() ?? 0;
}

/** A formatter a language and form: making one costs more than using it a hundred times. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function format(date: Date, language: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${language} ${JSON.stringify(options)}`;
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(language, options);
  formatters.set(key, known);
  return known.format(date);
}

/** To the second with the zone: what a hover shows. */
export function absolute(date: Date, language: string): string {
  return format(date, language, { dateStyle: 'medium', timeStyle: 'long' });
}

/** Day and minute: what a dense table shows. */
export function dayAndMinute(date: Date, language: string): string {
  const thisYear = date.getFullYear() === new Date().getFullYear();
  return format(date, language, {
    ...(thisYear ? {} : { year: 'numeric' as const }),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}

export function day(date: Date, language: string): string {
  return format(date, language, { dateStyle: 'medium' });
}

const SECOND = 1000;
const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 24 * 3600 * SECOND],
  ['month', 30 * 24 * 3600 * SECOND],
  ['day', 24 * 3600 * SECOND],
  ['hour', 3600 * SECOND],
  ['minute', 60 * SECOND],
];

const relatives = new Map<string, Intl.RelativeTimeFormat>();

/** `3 hours ago`, `in 2 days`. */
export function relative(date: Date, now: number, language: string): string {
  const away = date.getTime() - now;
  const words = relatives.get(language) ?? new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  relatives.set(language, words);
  for (const [unit, length] of STEPS) {
    if (Math.abs(away) >= length) {
      return words.format(Math.trunc(away / length), unit);
    }
  }
  return words.format(0, 'minute');
}
