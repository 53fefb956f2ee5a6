import { instantOf } from '../format/moment';
import type { AccountEvent } from '../generated/sameuser/v1/review_pb';
import type { Palette } from '../graph/palette';
import { colourOf, markOf, type Drawn, type Span } from './marks';

export const LANE_HEIGHT = 22;
export const LABELS = 118;
export const AXIS = 24;
const RIGHT = 14;
const FONT = '11px system-ui, sans-serif';
const DAY_MS = 24 * 3600 * 1000;
const TICK_STEPS_MS = [1, 2, 7, 14, 30, 90, 365].map((days) => days * DAY_MS);
const TICKS_AT_MOST = 10;
const HOURS_A_TICK = 6;

export interface Sheet {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
  palette: Palette;
  language: string;
  span: Span;
}

function across(sheet: Sheet, at: number): number {
  const share = (at - sheet.span.from) / (sheet.span.to - sheet.span.from);
  return LABELS + share * (sheet.width - LABELS - RIGHT);
}

/** One lane an account, time from left to right. */
export function drawLanes(sheet: Sheet, events: readonly AccountEvent[], lanes: readonly string[]): Drawn[] {
  const { context, width, palette } = sheet;
  context.font = FONT;
  context.textBaseline = 'middle';
  const rows = new Map(lanes.map((account, lane) => [account, lane]));
  lanes.forEach((account, lane) => {
    const y = lane * LANE_HEIGHT + LANE_HEIGHT / 2;
    context.fillStyle = palette.line;
    context.fillRect(LABELS, y, width - LABELS - RIGHT, 1);
    context.fillStyle = palette['ink-soft'];
    context.fillText(shortened(context, account, LABELS - 22), 14, y);
  });
  drawDays(sheet, lanes.length * LANE_HEIGHT);
  const drawn: Drawn[] = [];
  // Oldest first, so that what is rare (registrations) is not hidden: it is drawn last.
  const ordered = events.toSorted((a, b) => rank(a) - rank(b));
  for (const event of ordered) {
    const lane = rows.get(event.accountId);
    if (lane !== undefined) {
      const y = lane * LANE_HEIGHT + LANE_HEIGHT / 2;
      const x = across(sheet, instantOf(event.occurredAt));
      drawMark(sheet, event, x, y);
      drawn.push({ event, x, y });
    }
  }
  return drawn;
}

/** The hour of the day upward, days from left to right: a script's night shift stands out. */
export function drawClock(sheet: Sheet, events: readonly AccountEvent[]): Drawn[] {
  const { context, width, height, palette } = sheet;
  context.font = FONT;
  context.textBaseline = 'middle';
  const tall = height - AXIS - 8;
  for (let hour = 0; hour <= 24; hour += HOURS_A_TICK) {
    const y = 6 + tall * (1 - hour / 24);
    context.fillStyle = palette.line;
    context.fillRect(LABELS, y, width - LABELS - RIGHT, 1);
    context.fillStyle = palette['ink-soft'];
    context.fillText(`${String(hour).padStart(2, '0')}:00`, LABELS - 44, y);
  }
  drawDays(sheet, height - AXIS);
  return events
    .toSorted((a, b) => rank(a) - rank(b))
    .map((event) => {
      const date = new Date(instantOf(event.occurredAt));
      const hours = date.getHours() + date.getMinutes() / 60;
      const x = across(sheet, date.getTime());
      const y = 6 + tall * (1 - hours / 24);
      drawMark(sheet, event, x, y);
      return { event, x, y };
    });
}

const RANKS = { login: 0, task: 1, phone: 2, registration: 3 } as const;

function rank(event: AccountEvent): number {
  return RANKS[markOf(event)];
}

function drawMark(sheet: Sheet, event: AccountEvent, x: number, y: number): void {
  const { context, palette } = sheet;
  context.fillStyle = colourOf(event, palette);
  switch (markOf(event)) {
    case 'registration':
      context.beginPath();
      context.moveTo(x, y - 6);
      context.lineTo(x + 5, y);
      context.lineTo(x, y + 6);
      context.lineTo(x - 5, y);
      context.fill();
      return;
    case 'login':
      context.fillRect(x - 0.75, y - 4, 1.5, 8);
      return;
    case 'phone':
      context.fillRect(x - 3, y - 3, 6, 6);
      return;
    case 'task':
      if (event.taskStartedAt !== undefined) {
        const from = across(sheet, instantOf(event.taskStartedAt));
        context.globalAlpha = 0.35;
        context.fillRect(Math.min(from, x), y - 1.5, Math.max(1, x - from), 3);
        context.globalAlpha = 1;
      }
      context.beginPath();
      context.arc(x, y, 2.6, 0, 2 * Math.PI);
      context.fill();
  }
}

function drawDays(sheet: Sheet, top: number): void {
  const { context, palette, span, language } = sheet;
  const step = TICK_STEPS_MS.find((one) => (span.to - span.from) / one <= TICKS_AT_MOST) ?? 365 * DAY_MS;
  const words = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' });
  const first = new Date(span.from);
  first.setHours(0, 0, 0, 0);
  let beyond = -Infinity;
  for (let at = first.getTime(); at <= span.to; at += step) {
    const x = across(sheet, at);
    if (x >= LABELS) {
      context.fillStyle = palette.line;
      context.fillRect(x, 0, 1, top);
      const word = words.format(at);
      if (x > beyond && x + context.measureText(word).width < sheet.width) {
        context.fillStyle = palette['ink-soft'];
        context.fillText(word, x + 3, top + AXIS / 2);
        beyond = x + context.measureText(word).width + 12;
      }
    }
  }
}

function shortened(context: CanvasRenderingContext2D, text: string, width: number): string {
  let kept = text;
  while (kept.length > 1 && context.measureText(kept).width > width) {
    kept = kept.slice(0, -1);
  }
  return kept === text ? text : `${kept}…`;
}
