import type { ReactNode } from 'react';
import { useEffect } from 'react';

import style from './parts.module.css';

interface PageProperties {
  title: string;
  /** Beside the title: a badge, a count. */
  beside?: ReactNode;
  /** At the right end of the title's line. */
  actions?: ReactNode;
  /** Fills the window's height: its content scrolls by itself. */
  filling?: boolean;
  children: ReactNode;
}

export function Page({ title, beside, actions, filling = false, children }: PageProperties) {
  useEffect(() => {
    document.title = `${title} · sameuser`;
  }, [title]);
  return (
    <div className={filling ? `${style.page} ${style.filling}` : style.page}>
      <header className={style.head}>
        <h1>{title}</h1>
        {beside}
        <div className={style.actions}>{actions}</div>
      </header>
      {children}
    </div>
  );
}
