import { useTranslation } from 'react-i18next';

import { percent } from '../format/tokens';
import style from './parts.module.css';

/** From here on a score reads as abuse, and as worth a look; campaigns set their own. */
const HIGH = 0.9;
const MIDDLE = 0.5;

export function riskOf(value: number, scored: boolean): 'high' | 'middle' | 'low' | 'unknown' {
  if (!scored) {
    return 'unknown';
  }
  return value >= HIGH ? 'high' : value >= MIDDLE ? 'middle' : 'low';
}

/** An abuse probability as a bar and a number, so that colour alone says nothing. */
export function Probability({ value, scored = true }: { value: number; scored?: boolean }) {
  const { t, i18n } = useTranslation();
  if (!scored) {
    return <span className={style.soft}>{t('probability.unscored')}</span>;
  }
  return (
    <span className={style.probability} data-risk={riskOf(value, scored)}>
      <svg viewBox="0 0 48 6" width="48" height="6" aria-hidden>
        <rect className={style.track} width="48" height="6" rx="3" />
        <rect className={style.fill} width={Math.max(3, 48 * value)} height="6" rx="3" />
      </svg>
      {percent(value, i18n.language, value > 0.99 && value < 1 ? 1 : 0)}
    </span>
  );
}
