import type { ReactNode } from 'react';

import style from './parts.module.css';

/** Numbers side by side, each under its name. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className={style.figures}>{children}</dl>;
}

export function Figure({
  name,
  children,
  tone,
}: {
  name: string;
  children: ReactNode;
  tone?: 'good' | 'warn' | 'bad';
}) {
  return (
    <div className={style.figure} data-tone={tone}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
