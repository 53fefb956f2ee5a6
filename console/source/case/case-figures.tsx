import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { Deadline } from '../appeal/deadline';
import { grouped, sum } from '../format/tokens';
import type { Case, GetUserResponse } from '../generated/sameuser/v1/review_pb';
import { Amount } from '../parts/amount';
import { Figure, Figures } from '../parts/figure';
import { Moment } from '../parts/moment';
import { Probability, riskOf } from '../parts/probability';
import { booksQuery } from './case-queries';

interface CaseFiguresProperties {
  account: string;
  found: Case | undefined;
  user: GetUserResponse;
}

/** The case in numbers. */
export function CaseFigures({ account, found, user }: CaseFiguresProperties) {
  const { t, i18n } = useTranslation();
  const books = useQuery(booksQuery(account)).data ?? [];
  const total = (pick: (book: NonNullable<(typeof books)[number]['book']>) => string) =>
    books.reduce((all, { book }) => all + (book === undefined ? 0n : sum(pick(book))), 0n);
  const scored = user.accounts.filter((one) => one.scored);
  const highest = Math.max(0, ...scored.map((one) => one.abuseProbability));
  const risk = riskOf(highest, scored.length > 0);
  return (
    <Figures>
      <Figure name={t('case.recoverable')}>
        <Amount basisPoints={found?.tokenBasisPoints ?? 0n} />
      </Figure>
      <Figure name={t('money.granted')}>
        <Amount basisPoints={total((book) => book.granted)} short />
      </Figure>
      <Figure name={t('money.outstanding')}>
        <Amount basisPoints={total((book) => book.outstanding)} short />
      </Figure>
      <Figure name={t('case.probability')} {...(risk === 'high' && { tone: 'bad' as const })}>
        <Probability value={highest} scored={scored.length > 0} />
      </Figure>
      <Figure name={t('case.accounts')}>{grouped(user.accounts.length, i18n.language)}</Figure>
      {found !== undefined && (
        <Figure name={found.decideBy ? t('case.clock') : t('case.waiting')}>
          {found.decideBy ? <Deadline at={found.decideBy} /> : <Moment at={found.openedAt} />}
        </Figure>
      )}
      {found !== undefined && (
        <Figure name={t('case.holder')}>
          {found.snoozedUntil ? (
            <>
              {t('queue.until')} <Moment at={found.snoozedUntil} />
            </>
          ) : (
            found.claimedBy || t('case.nobody')
          )}
        </Figure>
      )}
    </Figures>
  );
}
