import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { useTranslation } from 'react-i18next';

import { absolute, dateOf, dayAndMinute, relative } from '../format/moment';
import { useNow } from './now';

interface MomentProperties {
  at: Timestamp | undefined;
  /** Day and minute rather than how long ago. */
  exact?: boolean;
}

/** A time as people say it; the exact one on hover. */
export function Moment({ at, exact = false }: MomentProperties) {
  const { i18n } = useTranslation();
  const now = useNow();
  const date = dateOf(at);
  if (date === undefined) {
    return <span>–</span>;
  }
  const whole = absolute(date, i18n.language);
  return (
    <time dateTime={date.toISOString()} title={whole}>
      {exact ? dayAndMinute(date, i18n.language) : relative(date, now, i18n.language)}
    </time>
  );
}
