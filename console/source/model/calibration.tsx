import { useTranslation } from 'react-i18next';

import { percent } from '../format/tokens';
import type { CalibrationBin } from '../generated/sameuser/v1/review_pb';
import style from './model.module.css';

const SIDE = 220;
const EDGE = 34;

/** What the model said against what people found: on the diagonal, they agree. */
export function Calibration({ bins }: { bins: readonly CalibrationBin[] }) {
  const { t, i18n } = useTranslation();
  const filled = bins.filter((bin) => bin.abuse !== undefined && bin.abuse.whole > 0n);
  if (filled.length === 0) {
    return <p className={style.none}>{t('model.no_calibration')}</p>;
  }
  const x = (value: number) => EDGE + SIDE * value;
  const y = (value: number) => 8 + SIDE * (1 - value);
  return (
    <figure className={style.figure}>
      <svg
        viewBox={`0 0 ${SIDE + EDGE + 18} ${SIDE + EDGE + 8}`}
        className={style.plot}
        role="img"
        aria-label={t('model.calibration')}
      >
        {[0, 0.5, 1].map((tick) => (
          <g key={tick}>
            <line className={style.grid} x1={x(0)} x2={x(1)} y1={y(tick)} y2={y(tick)} />
            <text className={style.tick} x={x(0) - 5} y={y(tick) + 3} textAnchor="end">
              {percent(tick, i18n.language)}
            </text>
            <text className={style.tick} x={x(tick)} y={y(0) + 14} textAnchor="middle">
              {percent(tick, i18n.language)}
            </text>
          </g>
        ))}
        <line className={style.diagonal} x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
        {filled.map((bin) => (
          <g key={bin.low}>
            <line
              className={style.whisker}
              x1={x(bin.meanProbability)}
              x2={x(bin.meanProbability)}
              y1={y(bin.abuse?.low ?? 0)}
              y2={y(bin.abuse?.high ?? 0)}
            />
            <circle className={style.dot} cx={x(bin.meanProbability)} cy={y(bin.abuse?.value ?? 0)} r="3.5">
              <title>
                {t('model.bin', {
                  said: percent(bin.meanProbability, i18n.language, 1),
                  found: percent(bin.abuse?.value ?? 0, i18n.language, 1),
                  count: Number(bin.abuse?.whole ?? 0n),
                })}
              </title>
            </circle>
          </g>
        ))}
        <text className={style.tick} x={x(0.5)} y={y(0) + 28} textAnchor="middle">
          {t('model.said')}
        </text>
      </svg>
      <figcaption className={style.quiet}>{t('model.calibration_words')}</figcaption>
    </figure>
  );
}
