import type { ReactNode } from 'react';

import style from './parts.module.css';

/** What the pointer is on, in words, over what is drawn. */
export function HoverBox({ left, top, children }: { left: number; top: number; children: ReactNode }) {
  return (
    <div className={style.hover} role="tooltip" style={{ left, top }}>
      {children}
    </div>
  );
}
