import { useSyncExternalStore } from 'react';

const STORED_AS = 'sameuser.skipped';

// Skipping is a person's own and for this sitting: the case stays in everybody else's queue.
let skipped: ReadonlySet<string> = new Set(JSON.parse(sessionStorage.getItem(STORED_AS) ?? '[]') as string[]);
const listeners = new Set<() => void>();

function keep(after: ReadonlySet<string>): void {
  skipped = after;
  sessionStorage.setItem(STORED_AS, JSON.stringify([...after]));
  listeners.forEach((listener) => listener());
}

export function skip(caseId: string): void {
  keep(new Set([...skipped, caseId]));
}

export function showSkipped(): void {
  keep(new Set());
}

export function useSkipped(): ReadonlySet<string> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => skipped,
  );
}
