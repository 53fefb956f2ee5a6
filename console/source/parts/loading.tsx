import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import style from './parts.module.css';

/** Grey lines in the place of what is still to come. */
export function Loading({ lines = 6, height = 22 }: { lines?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <div className={style.loading} role="status">
      <span className="visually-hidden">{t('shell.loading')}</span>
      {Array.from({ length: lines }, (_, line) => (
        // Still: a dozen pulsing lines cost more to draw than what they wait for.
        <Skeleton key={line} height={height} animate={false} />
      ))}
    </div>
  );
}
