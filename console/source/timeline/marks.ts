import { instantOf } from '../format/moment';
import { EventType } from '../generated/sameuser/v1/event_pb';
import type { AccountEvent } from '../generated/sameuser/v1/review_pb';
import type { Palette } from '../graph/palette';

/** What kind of mark an event is. */
export function markOf(event: AccountEvent): 'registration' | 'login' | 'task' | 'phone' {
  switch (event.eventType) {
    case EventType.REGISTRATION:
      return 'registration';
    case EventType.TASK_STARTED:
    case EventType.TASK_COMPLETED:
      return 'task';
    case EventType.PHONE_BOUND:
    case EventType.PHONE_UNBOUND:
      return 'phone';
    case EventType.LOGIN:
    case EventType.UNSPECIFIED:
      return 'login';
  }
}

export function colourOf(event: AccountEvent, palette: Palette): string {
  const colours = {
    registration: palette.bad,
    login: palette.calm,
    task: palette.accent,
    phone: palette.phone,
  };
  return colours[markOf(event)];
}

/** An event and where it was drawn, for the pointer to find. */
export interface Drawn {
  event: AccountEvent;
  x: number;
  y: number;
}

export interface Span {
  from: number;
  to: number;
}

/** From the first event to the last, with some room at both ends. */
export function spanOf(events: readonly AccountEvent[]): Span {
  const times = events.map((event) => instantOf(event.occurredAt));
  const from = Math.min(...times);
  const to = Math.max(...times);
  const room = Math.max((to - from) * 0.02, 60_000);
  return { from: from - room, to: to + room };
}

/** Accounts in the order of their first event. */
export function lanesOf(events: readonly AccountEvent[]): string[] {
  const first = new Map<string, number>();
  for (const event of events) {
    const at = instantOf(event.occurredAt);
    first.set(event.accountId, Math.min(at, first.get(event.accountId) ?? at));
  }
  return [...first].sort((a, b) => a[1] - b[1]).map(([account]) => account);
}
