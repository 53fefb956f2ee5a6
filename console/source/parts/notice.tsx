import type { ReactNode } from 'react';

import style from './parts.module.css';

/** Stands where there is nothing to show, and says why and what to do. */
export function Notice({ title, words, children }: { title: string; words?: string; children?: ReactNode }) {
  return (
    <div className={style.notice}>
      <strong>{title}</strong>
      {words !== undefined && words !== '' && <p>{words}</p>}
      {children}
    </div>
  );
}
