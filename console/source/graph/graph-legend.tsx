import { useTranslation } from 'react-i18next';

import { useTerms } from '../language/terms';
import style from './graph.module.css';
import { SHAPES } from './graph-style';
import type { Ring } from './ring';

// The graph's shapes as paths of a 12 x 12 box.
const PATHS: Record<(typeof SHAPES)[keyof typeof SHAPES], string> = {
  'round-rectangle': 'M2 1h8q1 0 1 1v8q0 1-1 1H2q-1 0-1-1V2q0-1 1-1z',
  pentagon: 'M6 0.5 11.5 4.6 9.4 11H2.6L0.5 4.6z',
  hexagon: 'M3.2 1.2h5.6L11.7 6l-2.9 4.8H3.2L0.3 6z',
  heptagon: 'M6 0.3 10.5 2.5 11.6 7.3 8.5 11.1H3.5L0.4 7.3 1.5 2.5z',
  octagon: 'M3.7 0.5h4.6l3.2 3.2v4.6l-3.2 3.2H3.7L0.5 8.3V3.7z',
  star: 'M6 0.3 7.6 4.3 11.8 4.6 8.5 7.3 9.6 11.5 6 9.2 2.4 11.5 3.5 7.3 0.2 4.6 4.4 4.3z',
  diamond: 'M6 0.3 11.7 6 6 11.7 0.3 6z',
  vee: 'M0.5 0.8 6 3.5 11.5 0.8 6 11.5z',
};

/** The shapes and colours of what is drawn, and only those. */
export function GraphLegend({ ring }: { ring: Ring }) {
  const { t } = useTranslation();
  const terms = useTerms();
  const identifiers = [...ring.identifiers.values()];
  const kinds = [...new Set(identifiers.map((one) => one.kind))].sort();
  const classes = [...new Set(identifiers.map((one) => one.class))].filter((name) => name in SHAPES).sort();
  return (
    <ul className={style.legend} aria-label={t('graph.legend')}>
      <li>
        <svg width="12" height="12" aria-hidden>
          <circle cx="6" cy="6" r="5.5" className={style.account} />
        </svg>
        {t('account.one')}
      </li>
      {kinds.map((kind) => (
        <li key={kind}>
          <span className={style.swatch} data-kind={kind} />
          {terms.identifierKind(kind)}
        </li>
      ))}
      {classes.map((name) => (
        <li key={name}>
          <svg width="12" height="12" aria-hidden>
            <path d={PATHS[SHAPES[name as keyof typeof SHAPES]]} className={style.shape} />
          </svg>
          {terms.identifierClass(name)}
        </li>
      ))}
    </ul>
  );
}
