import { Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FuseResolution, type FuseState } from '../generated/sameuser/v1/review_pb';
import { FormDialog } from '../parts/form-dialog';
import { review } from '../service/clients';

export type Resolution = 'release' | 'discard';

interface FuseDialogProperties {
  fuse: FuseState;
  resolution: Resolution;
  onClose: () => void;
}

/** Says whether held evidence is right, with the reason. */
export function FuseDialog({ fuse, resolution, onClose }: FuseDialogProperties) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [statement, setStatement] = useState('');
  const act = useMutation({
    mutationFn: () =>
      review.resolveFuse({
        fuseId: fuse.fuseId,
        resolution: resolution === 'release' ? FuseResolution.RELEASE : FuseResolution.DISCARD,
        statement,
      }),
    onSuccess: () => {
      notifications.show({ message: t(`model.${resolution}.done`) });
      onClose();
    },
    onSettled: () =>
      Promise.all(
        ['fuses', 'quality', 'cases', 'audit'].map((name) => queries.invalidateQueries({ queryKey: [name] })),
      ),
  });
  return (
    <FormDialog
      title={t(`model.${resolution}.title`, { atom: fuse.atom })}
      words={t(`model.${resolution}.words`)}
      verb={t(`model.${resolution}.name`)}
      grave={resolution === 'release'}
      ready={statement.trim() !== ''}
      doing={act}
      onSubmit={() => act.mutate()}
      onClose={onClose}
    >
      <Textarea
        label={t('model.why')}
        required
        rows={3}
        data-autofocus
        value={statement}
        onChange={(event) => setStatement(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
