import { Badge, Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Disposition } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { AccountLink } from '../parts/links';
import { Moment } from '../parts/moment';
import { StillCell, Table } from '../parts/table';
import { useMay } from '../service/signed-in';
import style from './decision.module.css';
import { undo } from './desk-store';

const NAMED_AT_MOST = 3;

interface DispositionTableProperties {
  dispositions: readonly Disposition[];
  /** Names the accounts: where the page is not about one of them. */
  withAccounts?: boolean;
}

export function DispositionTable({ dispositions, withAccounts = false }: DispositionTableProperties) {
  const { t } = useTranslation();
  const mayDecide = useMay('decide');
  const head = [
    t('decision.what'),
    ...(withAccounts ? [t('account.many')] : []),
    t('decision.why'),
    t('decision.who'),
    t('decision.state'),
    ...(mayDecide ? [t('decision.undo')] : []),
  ];
  return (
    <Table caption={t('decision.list')} head={head}>
      {dispositions.map((one) => (
        <tr key={one.dispositionId}>
          <StillCell>
            <What one={one} />
          </StillCell>
          {withAccounts && (
            <td>
              <Accounts ids={one.accountIds} />
            </td>
          )}
          <td>
            <Why one={one} />
          </td>
          <StillCell>
            {one.author}
            <br />
            <span className={style.soft}>
              <Moment at={one.madeAt} />
            </span>
          </StillCell>
          <StillCell>
            <State one={one} />
          </StillCell>
          {mayDecide && (
            <td>
              {one.endedAt === undefined && (
                <Button size="compact-xs" variant="default" onClick={() => undo([one.dispositionId])}>
                  {t('decision.undo')}
                </Button>
              )}
            </td>
          )}
        </tr>
      ))}
    </Table>
  );
}

function What({ one }: { one: Disposition }) {
  const terms = useTerms();
  const { action } = one;
  return (
    <>
      <strong>{terms.action(action.case)}</strong>
      {action.case === 'restrict' && (
        <>
          <br />
          <span className={style.soft}>{terms.grade(action.value.grade)}</span>
        </>
      )}
    </>
  );
}

function Why({ one }: { one: Disposition }) {
  const { t } = useTranslation();
  const terms = useTerms();
  return (
    <>
      {one.statement}
      <br />
      <span className={style.soft}>
        {terms.cause(one.cause)}
        {one.action.case === 'restrict' && one.action.value.notice !== '' && (
          <> · {t('decision.told', { notice: one.action.value.notice })}</>
        )}
        {one.undoneStatement !== '' && (
          <> · {t('decision.undone_because', { name: one.undoneBy, statement: one.undoneStatement })}</>
        )}
      </span>
    </>
  );
}

function State({ one }: { one: Disposition }) {
  const { t } = useTranslation();
  if (one.endedAt !== undefined) {
    return (
      <>
        <Badge variant="light" color="gray" tt="none" radius="sm">
          {t(one.undoneBy === '' ? 'decision.expired' : 'decision.undone')}
        </Badge>
        <br />
        <span className={style.soft}>
          <Moment at={one.endedAt} />
        </span>
      </>
    );
  }
  return (
    <>
      <Badge variant="light" color="green" tt="none" radius="sm">
        {t('decision.in_force')}
      </Badge>
      {one.expiresAt !== undefined && (
        <>
          <br />
          <span className={style.soft}>
            {t('queue.until')} <Moment at={one.expiresAt} />
          </span>
        </>
      )}
    </>
  );
}

function Accounts({ ids }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <>
      {ids.slice(0, NAMED_AT_MOST).map((id, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <AccountLink id={id} />
        </span>
      ))}
      {ids.length > NAMED_AT_MOST && (
        <span className={style.soft}> {t('account.more', { count: ids.length - NAMED_AT_MOST })}</span>
      )}
    </>
  );
}
