import { DecisionDialog } from './decision-dialog';
import { lay, usePaper } from './desk-store';
import { UndoDialog } from './undo-dialog';

/** Shows the decision at hand, whichever screen it was opened from. */
export function Desk() {
  const paper = usePaper();
  const close = () => lay(null);
  if (paper === null) {
    return null;
  }
  return paper.kind === 'decide' ? (
    <DecisionDialog key="decide" intent={paper.intent} onClose={close} />
  ) : (
    <UndoDialog key="undo" dispositionIds={paper.dispositionIds} onClose={close} />
  );
}
