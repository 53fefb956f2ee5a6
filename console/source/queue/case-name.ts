import { useTranslation } from 'react-i18next';

import type { Case } from '../generated/sameuser/v1/review_pb';
import { grouped } from '../format/tokens';

/** What people call a case: its first account, and how many more the user has. */
export function useCaseName(): (one: Pick<Case, 'accountId' | 'accounts'>) => string {
  const { t, i18n } = useTranslation();
  return (one) =>
    one.accounts > 1
      ? t('queue.ring', { account: one.accountId, accounts: grouped(one.accounts - 1, i18n.language) })
      : one.accountId;
}

/** The queue's filters go along, so that "next" follows the same order. */
export function casePath(one: Pick<Case, 'accountId'>, search: string): string {
  return `/cases/${encodeURIComponent(one.accountId)}${search === '' ? '' : `?${search}`}`;
}
