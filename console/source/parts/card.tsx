import { useId, type ReactNode } from 'react';

import style from './parts.module.css';

interface CardProperties {
  title: string;
  /** At the right end of the title's line. */
  aside?: ReactNode;
  /** The content reaches the card's edges: a table, a canvas. */
  flush?: boolean;
  children: ReactNode;
}

export function Card({ title, aside, flush = false, children }: CardProperties) {
  const id = useId();
  return (
    <section className={style.card} aria-labelledby={id}>
      <header className={style.cardHead}>
        <h2 id={id}>{title}</h2>
        <div className={style.actions}>{aside}</div>
      </header>
      <div className={flush ? style.flush : style.cardBody}>{children}</div>
    </section>
  );
}

/** Below a card's content: what it is of, and small print. */
export function CardFoot({ children }: { children: ReactNode }) {
  return <footer className={style.cardFoot}>{children}</footer>;
}

/** Stands where a card has nothing to show, and says why. */
export function Quiet({ children }: { children: ReactNode }) {
  return <p className={style.quiet}>{children}</p>;
}
