import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { failureOf } from '../service/failure';
import style from './parts.module.css';

/** A failure in words, with what to do about it. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const failure = failureOf(error);
  const signIn = () => queries.setQueryData(['session'], null);
  return (
    <div className={style.failed} role="alert">
      <IconAlertTriangle size={18} aria-hidden />
      <div>
        <strong>{t(`failure.${failure.kind}.title`)}</strong>
        <p>{t(`failure.${failure.kind}.words`)}</p>
        {failure.words !== '' && <p className={style.said}>{failure.words}</p>}
      </div>
      {failure.kind === 'signed_out' ? (
        <Button size="xs" variant="default" onClick={signIn}>
          {t('sign_in.title')}
        </Button>
      ) : (
        retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            {t('action.retry')}
          </Button>
        )
      )}
    </div>
  );
}
