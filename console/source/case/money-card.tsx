import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { nameOf } from '../campaign/campaign-queries';
import { Answer } from '../parts/answer';
import { Card, Quiet } from '../parts/card';
import { BookList, isMoved } from './book-list';
import { booksQuery } from './case-queries';

/** What the user had of each campaign, and what of it is being taken back. */
export function MoneyCard({ account }: { account: string }) {
  const { t } = useTranslation();
  const books = useQuery(booksQuery(account));
  return (
    <Card title={t('money.title')}>
      <Answer query={books} lines={3}>
        {(all) => {
          const moved = all.flatMap(({ campaign, book }) =>
            book !== undefined && isMoved(book) ? [{ campaign, book }] : [],
          );
          return moved.length === 0 ? (
            <Quiet>{t('money.nothing')}</Quiet>
          ) : (
            moved.map(({ campaign, book }) => (
              <BookList key={campaign.campaignId} name={nameOf(campaign)} book={book} />
            ))
          );
        }}
      </Answer>
    </Card>
  );
}
