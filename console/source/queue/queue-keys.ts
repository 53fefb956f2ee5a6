import { useKeys } from '../keyboard/keys';

export interface QueueActions {
  move: (by: number) => void;
  open: () => void;
  skip: () => void;
  deselect: () => void;
  select?: () => void;
  claim?: () => void;
  snooze?: () => void;
}

/** The queue by keyboard. */
export function useQueueKeys(actions: QueueActions): void {
  useKeys({
    j: () => actions.move(1),
    k: () => actions.move(-1),
    ArrowDown: () => actions.move(1),
    ArrowUp: () => actions.move(-1),
    x: actions.select,
    c: actions.claim,
    s: actions.snooze,
    n: actions.skip,
    Escape: actions.deselect,
    Enter: actions.open,
  });
}
