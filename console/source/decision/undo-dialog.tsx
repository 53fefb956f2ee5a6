import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FormDialog } from '../parts/form-dialog';
import { StatementField } from '../parts/statement-field';
import { review } from '../service/clients';
import { OF_DECISIONS, useRefresh } from '../service/refresh';
import { usePerson } from '../service/signed-in';

/** Undoes dispositions: they count as never made, and what they took is reversed. */
export function UndoDialog({
  dispositionIds,
  onClose,
}: {
  dispositionIds: readonly string[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const person = usePerson();
  const refresh = useRefresh(OF_DECISIONS);
  const [statement, setStatement] = useState('');
  const [done, setDone] = useState(0);
  const undoing = useMutation({
    mutationFn: async () => {
      for (const [index, dispositionId] of dispositionIds.entries()) {
        // What was undone before a failure is not undone again.
        if (index >= done) {
          await review.undoDisposition({ dispositionId, author: person.name, statement });
          setDone(index + 1);
        }
      }
    },
    onSuccess: () => {
      notifications.show({ message: t('undo.done', { count: dispositionIds.length }) });
      onClose();
    },
    onSettled: refresh,
  });
  return (
    <FormDialog
      title={t('undo.title', { count: dispositionIds.length })}
      words={t('undo.words')}
      verb={t('decision.undo')}
      ready={statement.trim() !== ''}
      doing={undoing}
      onSubmit={() => undoing.mutate()}
      onClose={onClose}
    >
      <StatementField label={t('decision.statement')} first value={statement} setValue={setStatement} />
    </FormDialog>
  );
}
