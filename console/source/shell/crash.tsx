import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useRouteError } from 'react-router';

import { Notice } from '../parts/notice';

/** A fault of the console itself, or a chunk of an older release that the server has no more. */
export function Crash() {
  const { t } = useTranslation();
  const error = useRouteError();
  return (
    <main>
      <Notice title={t('failure.crash')} words={error instanceof Error ? error.message : String(error)}>
        <Button onClick={() => window.location.reload()}>{t('action.reload')}</Button>
      </Notice>
    </main>
  );
}
