import { useHotkeys } from '@mantine/hooks';

export interface QueueActions {
  move: (by: number) => void;
  open: () => void;
  skip: () => void;
  deselect: () => void;
  select?: () => void;
  claim?: () => void;
  snooze?: () => void;
}

/** The queue by keyboard; typing in a field is left alone, and so is Enter on a link or a button. */
export function useQueueKeys(actions: QueueActions): void {
  useHotkeys([
    ['j', () => actions.move(1)],
    ['k', () => actions.move(-1)],
    ['ArrowDown', () => actions.move(1)],
    ['ArrowUp', () => actions.move(-1)],
    ['x', () => actions.select?.()],
    ['c', () => actions.claim?.()],
    ['s', () => actions.snooze?.()],
    ['n', () => actions.skip()],
    ['Escape', () => actions.deselect()],
    [
      'Enter',
      (event) => {
        const on = event.target as HTMLElement;
        if (on.closest('a, button') === null) {
          event.preventDefault();
          actions.open();
        }
      },
      { preventDefault: false },
    ],
  ]);
}
