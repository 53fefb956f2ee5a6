import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { AccountCells } from '../parts/account-cells';
import { StillCell, Table } from '../parts/table';
import { useTerms } from '../language/terms';
import style from './graph.module.css';
import type { Ring } from './ring';

interface RingTableProperties {
  ring: Ring;
  chosen: string;
  onAccount: (account: string) => void;
  onExpand: (account: string) => void;
}

/** What the graph shows, as rows: for keyboards, screen readers and long lists. */
export function RingTable({ ring, chosen, onAccount, onExpand }: RingTableProperties) {
  const { t } = useTranslation();
  const terms = useTerms();
  const home = ring.accounts.get(chosen)?.userId;
  const identifiersOf = (account: string) =>
    [...ring.links.values()].filter((link) => link.accountId === account).length;
  return (
    <div className={style.table}>
      <Table
        caption={t('graph.title')}
        head={[
          t('account.one'),
          t('case.probability'),
          t('graph.same_user'),
          t('account.patterns'),
          t('graph.identifiers'),
          t('graph.look'),
        ]}
      >
        {[...ring.accounts.values()].map((one) => (
          <tr key={one.accountId}>
            <AccountCells one={one} />
            <td>{one.userId === home ? t('graph.yes') : t('graph.no')}</td>
            <td>{[...new Set(one.reasons.map((reason) => terms.reason(reason.code)))].join(', ') || '–'}</td>
            <td>{identifiersOf(one.accountId)}</td>
            <StillCell>
              <Button
                size="compact-xs"
                variant={one.accountId === chosen ? 'light' : 'default'}
                aria-pressed={one.accountId === chosen}
                onClick={() => onAccount(one.accountId)}
              >
                {t('graph.choose')}
              </Button>{' '}
              <Button size="compact-xs" variant="subtle" onClick={() => onExpand(one.accountId)}>
                {t('graph.expand_short')}
              </Button>
            </StillCell>
          </tr>
        ))}
      </Table>
    </div>
  );
}
