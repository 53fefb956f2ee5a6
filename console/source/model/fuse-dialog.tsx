import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { FuseResolution, type FuseState } from '../generated/sameuser/v1/review_pb';
import { FormDialog } from '../parts/form-dialog';
import { StatementField } from '../parts/statement-field';
import { review } from '../service/clients';
import { OF_FUSES, useRefresh } from '../service/refresh';

export type Resolution = 'release' | 'discard';

interface FuseDialogProperties {
  fuse: FuseState;
  resolution: Resolution;
  onClose: () => void;
}

/** Says whether held evidence is right, with the reason. */
export function FuseDialog({ fuse, resolution, onClose }: FuseDialogProperties) {
  const { t } = useTranslation();
  const refresh = useRefresh(OF_FUSES);
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
    onSettled: refresh,
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
      <StatementField label={t('model.why')} first value={statement} setValue={setStatement} />
    </FormDialog>
  );
}
