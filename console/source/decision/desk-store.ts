import { useSyncExternalStore } from 'react';

import type { Intent } from './intent';

/** What lies on the desk: a decision about to be made, or dispositions about to be undone. */
export type Paper = { kind: 'decide'; intent: Intent } | { kind: 'undo'; dispositionIds: readonly string[] };

// One for the whole app, so that any screen or notification may open it and it outlives them.
let paper: Paper | null = null;
const listeners = new Set<() => void>();

export function lay(next: Paper | null): void {
  paper = next;
  listeners.forEach((listener) => listener());
}

export function decide(intent: Intent): void {
  lay({ kind: 'decide', intent });
}

export function undo(dispositionIds: readonly string[]): void {
  lay({ kind: 'undo', dispositionIds });
}

export function usePaper(): Paper | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => paper,
  );
}
