import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { IconClock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

import { absolute, instantOf, relative } from '../format/moment';
import { useNow } from '../parts/now';
import style from './appeal.module.css';

const SOON_MS = 48 * 3600 * 1000;

/** The clock of what must be decided: calm, soon, or past. */
export function Deadline({ at }: { at: Timestamp }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const by = instantOf(at);
  const urgency = by < now ? 'past' : by - now < SOON_MS ? 'soon' : 'calm';
  const words = relative(new Date(by), now, i18n.language);
  return (
    <span className={style.deadline} data-urgency={urgency} title={absolute(new Date(by), i18n.language)}>
      <IconClock size={14} stroke={1.9} aria-hidden />
      {urgency === 'past' ? t('appeal.was_due', { when: words }) : t('appeal.due', { when: words })}
    </span>
  );
}
