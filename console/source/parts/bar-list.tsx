import type { ReactNode } from 'react';

import style from './bar-list.module.css';

export interface Bar {
  name: ReactNode;
  value: number;
  shown: ReactNode;
  tone?: 'good' | 'warn' | 'bad';
}

/** Named amounts as bars of one scale, with the number beside each. */
export function BarList({ caption, bars }: { caption: string; bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <table className={style.list}>
      <caption className="visually-hidden">{caption}</caption>
      <tbody>
        {bars.map((bar, index) => (
          <tr key={index}>
            <th scope="row">{bar.name}</th>
            <td className={style.place} aria-hidden>
              <span
                className={style.bar}
                data-tone={bar.tone}
                style={{ width: `${(100 * bar.value) / most}%` }}
              />
            </td>
            <td className={style.number}>{bar.shown}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
