import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { nameOf } from '../campaign/campaign-queries';
import { sum } from '../format/tokens';
import { Amount } from '../parts/amount';
import { Answer } from '../parts/answer';
import { Card } from '../parts/card';
import { booksQuery } from './case-queries';
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

/** What the user had of each campaign, and what of it is being taken back. */
export function MoneyCard({ account }: { account: string }) {
  const { t } = useTranslation();
  const books = useQuery(booksQuery(account));
  return (
    <Card title={t('money.title')}>
      <Answer query={books} lines={3}>
        {(all) => {
          const moved = all.filter(
            ({ book }) => book !== undefined && ROWS.some((row) => sum(book[row]) !== 0n),
          );
          if (moved.length === 0) {
            return <p className={style.quiet}>{t('money.nothing')}</p>;
          }
          return moved.map(({ campaign, book }) => (
            <dl key={campaign.campaignId} className={style.book}>
              <dt className={style.bookName}>{nameOf(campaign)}</dt>
              {ROWS.filter(
                (row) => book !== undefined && (ALWAYS.includes(row) || sum(book[row]) !== 0n),
              ).map((row) => (
                <div key={row} data-row={row}>
                  <dt>{t(`money.${row}`)}</dt>
                  <dd>
                    <Amount basisPoints={book?.[row] ?? '0'} />
                  </dd>
                </div>
              ))}
            </dl>
          ));
        }}
      </Answer>
    </Card>
  );
}
