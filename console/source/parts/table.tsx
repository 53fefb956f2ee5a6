import type { ReactNode } from 'react';

import style from './parts.module.css';

interface TableProperties {
  /** What the table is, for who hears it. */
  caption: string;
  head: readonly (string | { name: string; number: true })[];
  children: ReactNode;
  /** Scrolls past some 10 rows. */
  scrolling?: boolean;
}

export function Table({ caption, head, children, scrolling = false }: TableProperties) {
  return (
    <div className={scrolling ? style.scrolling : undefined} {...(scrolling && focusable(caption))}>
      <table className={style.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {head.map((cell) =>
              typeof cell === 'string' ? (
                <th key={cell} scope="col">
                  {cell}
                </th>
              ) : (
                <th key={cell.name} scope="col" className={style.number}>
                  {cell.name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

// What scrolls must be reachable by keyboard.
function focusable(caption: string) {
  return { tabIndex: 0, role: 'region', 'aria-label': caption };
}

export function NumberCell({ children }: { children: ReactNode }) {
  return <td className={style.number}>{children}</td>;
}

/** A cell that never wraps: a time, a name. */
export function StillCell({ children }: { children: ReactNode }) {
  return <td className={style.still}>{children}</td>;
}
