import { useTranslation } from 'react-i18next';

import { grouped, percent } from '../format/tokens';
import type { Share } from '../generated/sameuser/v1/review_pb';
import style from './model.module.css';

/** A share with its 95 % interval. */
export function ShareBar({ share, empty }: { share: Share | undefined; empty: string }) {
  const { t, i18n } = useTranslation();
  if (share === undefined || share.whole === 0n) {
    return <p className={style.none}>{empty}</p>;
  }
  const at = (value: number) => percent(value, i18n.language, 1);
  return (
    <div>
      <p className={style.share}>
        <strong>{at(share.value)}</strong>{' '}
        <span>{t('model.interval', { low: at(share.low), high: at(share.high) })}</span>
      </p>
      <svg className={style.interval} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden>
        <rect className={style.track} width="100" height="8" />
        <rect
          className={style.band}
          x={100 * share.low}
          width={Math.max(0.5, 100 * (share.high - share.low))}
          height="8"
        />
        <rect className={style.point} x={Math.min(99.4, 100 * share.value)} width="0.6" height="8" />
      </svg>
      <p className={style.quiet}>
        {t('model.of', {
          part: grouped(share.part, i18n.language),
          whole: grouped(share.whole, i18n.language),
        })}
      </p>
    </div>
  );
}
