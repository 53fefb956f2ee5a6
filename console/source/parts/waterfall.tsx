import { useTranslation } from 'react-i18next';

import { bits } from '../format/tokens';
import style from './waterfall.module.css';

export interface Step {
  name: string;
  detail?: string;
  /** Thousandths. */
  amount: number;
}

interface WaterfallProperties {
  steps: readonly Step[];
  total: number;
  /** Where the sum begins, thousandths. */
  from?: { name: string; amount: number };
  unit: string;
  caption: string;
}

/** How a sum came about: each step begins where the one before it ended. */
export function Waterfall({ steps, total, from, unit, caption }: WaterfallProperties) {
  const { t, i18n } = useTranslation();
  const rows = placed(from === undefined ? steps : [from, ...steps]);
  const low = Math.min(0, ...rows.map((row) => Math.min(row.start, row.end)));
  const high = Math.max(1, ...rows.map((row) => Math.max(row.start, row.end)));
  const share = (value: number) => (100 * (value - low)) / (high - low);
  const zero = { left: `${share(0)}%` };
  return (
    <table className={style.waterfall}>
      <caption className="visually-hidden">{caption}</caption>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            <th scope="row">
              {row.name}
              {row.detail !== undefined && row.detail !== '' && (
                <span className={style.detail}>{row.detail}</span>
              )}
            </th>
            <td className={style.place} aria-hidden>
              <span className={style.zero} style={zero} />
              <span
                className={style.bar}
                data-sign={row.amount < 0 ? 'against' : 'for'}
                style={{
                  left: `${share(Math.min(row.start, row.end))}%`,
                  width: `${Math.max(0.6, share(Math.max(row.start, row.end)) - share(Math.min(row.start, row.end)))}%`,
                }}
              />
            </td>
            <td className={style.amount}>{bits(row.amount, i18n.language)}</td>
          </tr>
        ))}
        <tr className={style.total}>
          <th scope="row">{t('evidence.sum')}</th>
          <td className={style.place} aria-hidden>
            <span className={style.zero} style={zero} />
            <span
              className={style.bar}
              data-sign="sum"
              style={{
                left: `${share(Math.min(0, total))}%`,
                width: `${Math.max(0.6, share(Math.max(0, total)) - share(Math.min(0, total)))}%`,
              }}
            />
          </td>
          <td className={style.amount}>
            {bits(total, i18n.language)} <span className={style.unit}>{unit}</span>
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function placed(steps: readonly Step[]): (Step & { start: number; end: number })[] {
  let sum = 0;
  return steps.map((step) => {
    const start = sum;
    sum += step.amount;
    return { ...step, start, end: sum };
  });
}
