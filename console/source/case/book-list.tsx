import { useTranslation } from 'react-i18next';

import { sum } from '../format/tokens';
import type { Book } from '../generated/sameuser/v1/review_pb';
import { Amount } from '../parts/amount';
import style from './case.module.css';

const ROWS = [
  'granted',
  'restored',
  'outstanding',
  'recovered',
  'voided',
  'promised',
  'writtenOff',
  'benefit',
] as const;
// Shown even where nothing moved.
const ALWAYS: readonly string[] = ['granted', 'outstanding', 'recovered', 'benefit'];

export function isMoved(book: Book): boolean {
  return ROWS.some((row) => sum(book[row]) !== 0n);
}

/** What was had of one campaign, line by line. */
export function BookList({ name, book }: { name: string; book: Book }) {
  const { t } = useTranslation();
  return (
    <section className={style.book}>
      <h3 className={style.bookName}>{name}</h3>
      <dl>
        {ROWS.filter((row) => ALWAYS.includes(row) || sum(book[row]) !== 0n).map((row) => (
          <div key={row} data-row={row}>
            <dt>{t(`money.${row}`)}</dt>
            <dd>
              <Amount basisPoints={book[row]} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
