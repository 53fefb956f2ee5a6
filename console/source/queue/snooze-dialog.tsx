import { Button, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Case } from '../generated/sameuser/v1/review_pb';
import { absolute } from '../format/moment';
import { useNow } from '../parts/now';
import { useCaseWork } from './case-work';
import style from './queue.module.css';

const HOUR_MS = 3600 * 1000;
const CHOICES = [
  ['hours_4', 4 * HOUR_MS],
  ['day', 24 * HOUR_MS],
  ['days_3', 3 * 24 * HOUR_MS],
  ['week', 7 * 24 * HOUR_MS],
  ['month', 30 * 24 * HOUR_MS],
] as const;

interface SnoozeDialogProperties {
  /** Empty: closed. */
  cases: readonly Case[];
  onClose: () => void;
}

export function SnoozeDialog({ cases, onClose }: SnoozeDialogProperties) {
  const { t, i18n } = useTranslation();
  const { snooze } = useCaseWork();
  const now = useNow();
  const put = (length: number | undefined) => {
    const until = length === undefined ? undefined : new Date(Date.now() + length);
    snooze.mutate({ cases, until });
    onClose();
  };
  return (
    <Modal
      opened={cases.length > 0}
      onClose={onClose}
      title={t('snooze.title', { count: cases.length })}
      size="sm"
    >
      <p className={style.dialogWords}>{t('snooze.words')}</p>
      <div className={style.choices}>
        {CHOICES.map(([name, length], index) => (
          <Button
            key={name}
            variant="default"
            justify="space-between"
            data-autofocus={index === 0 || undefined}
            title={absolute(new Date(now + length), i18n.language)}
            onClick={() => put(length)}
          >
            {t(`snooze.${name}`)}
          </Button>
        ))}
        {cases.some((one) => one.snoozedUntil !== undefined) && (
          <Button variant="subtle" onClick={() => put(undefined)}>
            {t('snooze.wake')}
          </Button>
        )}
      </div>
    </Modal>
  );
}
