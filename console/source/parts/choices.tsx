import type { ReactNode } from 'react';

import style from './choices.module.css';

/** A list of which one is shown beside it. */
export function Choices({ children }: { children: ReactNode }) {
  return <ul className={style.choices}>{children}</ul>;
}

interface ChoiceProperties {
  /** What it is called, and what stands at the other end of that line. */
  name: ReactNode;
  aside: ReactNode;
  current: boolean;
  onChoose: () => void;
  /** Below, in smaller letters. */
  children: ReactNode;
}

export function Choice({ name, aside, current, onChoose, children }: ChoiceProperties) {
  return (
    <li>
      <button type="button" className={style.choice} aria-current={current} onClick={onChoose}>
        <span className={style.line}>
          <strong>{name}</strong>
          <span className={style.aside}>{aside}</span>
        </span>
        <span className={style.words}>{children}</span>
      </button>
    </li>
  );
}
