import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { grouped } from '../format/tokens';
import type { Case } from '../generated/sameuser/v1/review_pb';
import { CaseKindBadge } from '../queue/queue-row';

/** The name alone while nobody knows how many accounts it is. */
export function useCaseTitle(account: string, accounts: number | undefined): string {
  const { t, i18n } = useTranslation();
  if (accounts === undefined) {
    return account;
  }
  return accounts > 1
    ? t('case.ring', { account, accounts: grouped(accounts, i18n.language) })
    : t('case.single', { account });
}

export function CaseBadges({ found }: { found: Case | undefined }) {
  const { t } = useTranslation();
  if (found === undefined) {
    return null;
  }
  return (
    <>
      {found.kinds.map((kind) => (
        <CaseKindBadge key={kind} kind={kind} />
      ))}
      {found.secondLookAskedBy !== '' && (
        <Badge variant="light" color="orange" tt="none" fw={550} radius="sm">
          {t('case.second_look_by', { name: found.secondLookAskedBy })}
        </Badge>
      )}
    </>
  );
}
