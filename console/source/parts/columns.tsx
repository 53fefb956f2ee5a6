import type { ReactNode } from 'react';

import style from './parts.module.css';

/** What a page is about, and beside it what explains it. */
export function Columns({ children, beside }: { children: ReactNode; beside: ReactNode }) {
  return (
    <div className={style.columns}>
      <div className={style.column}>{children}</div>
      <div className={style.column}>{beside}</div>
    </div>
  );
}
