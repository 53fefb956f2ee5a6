import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useParams, useSearchParams } from 'react-router';

import { instantOf } from '../format/moment';
import { grouped } from '../format/tokens';
import type { GetIdentifierResponse, IdentifierLink as Use } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { AccountCells } from '../parts/account-cells';
import { Answer } from '../parts/answer';
import { Card, Quiet } from '../parts/card';
import { Figure, Figures } from '../parts/figure';
import { IdentifierLink } from '../parts/links';
import { Moment } from '../parts/moment';
import { Page } from '../parts/page';
import { StillCell, Table } from '../parts/table';
import { review } from '../service/clients';
import style from './account.module.css';

/** One phone, device or address: its class, and who used it when. */
export function IdentifierPage() {
  const { tag = '' } = useParams();
  const [search] = useSearchParams();
  const kind = search.get('kind') ?? '';
  const found = useQuery({
    queryKey: ['identifier', tag, kind],
    queryFn: () => review.getIdentifier({ tag, kind }),
  });
  return (
    <Answer query={found} lines={10}>
      {(answer) => <IdentifierBody answer={answer} />}
    </Answer>
  );
}

function IdentifierBody({ answer }: { answer: GetIdentifierResponse }) {
  const { t, i18n } = useTranslation();
  const terms = useTerms();
  const { identifier, accounts, links, namesakes } = answer;
  const from = Math.min(...links.map((link) => instantOf(link.firstSeenAt)));
  const to = Math.max(...links.map((link) => instantOf(link.lastSeenAt)), from + 1);
  const linkOf = (account: string) => links.find((link) => link.accountId === account);
  const kind = identifier === undefined ? '' : terms.identifierKind(identifier.kind);
  return (
    <Page title={`${kind} ${identifier?.tag ?? ''}`}>
      <Figures>
        <Figure name={t('identifier.class')}>{terms.identifierClass(identifier?.class ?? '')}</Figure>
        <Figure name={t('identifier.accounts')}>{grouped(identifier?.accounts ?? 0, i18n.language)}</Figure>
        <Figure name={t('account.first_seen')}>
          <Moment at={identifier?.firstSeenAt} exact />
        </Figure>
        <Figure name={t('account.last_seen')}>
          <Moment at={identifier?.lastSeenAt} exact />
        </Figure>
      </Figures>
      <Card title={t('identifier.used_by')} flush>
        {accounts.length === 0 ? (
          <Quiet>{t('identifier.unused')}</Quiet>
        ) : (
          <Table
            caption={t('identifier.used_by')}
            head={[
              t('account.one'),
              t('case.probability'),
              t('identifier.first'),
              t('identifier.last'),
              t('identifier.when'),
            ]}
          >
            {accounts.map((one) => (
              <tr key={one.accountId}>
                <AccountCells one={one} />
                <StillCell>
                  <Moment at={linkOf(one.accountId)?.firstSeenAt} exact />
                </StillCell>
                <StillCell>
                  <Moment at={linkOf(one.accountId)?.lastSeenAt} exact />
                </StillCell>
                <td aria-hidden>
                  <UseBar use={linkOf(one.accountId)} from={from} to={to} />
                </td>
              </tr>
            ))}
          </Table>
        )}
        {(identifier?.accounts ?? 0) > accounts.length && (
          <Quiet>{t('identifier.sampled', { count: accounts.length })}</Quiet>
        )}
      </Card>
      {namesakes.length > 0 && (
        <Card title={t('identifier.namesakes')}>
          {namesakes.map((one) => (
            <div key={one.number}>
              <IdentifierLink kind={one.kind} tag={one.tag} class={one.class} />
            </div>
          ))}
        </Card>
      )}
    </Page>
  );
}

/** From when to when an account used it, on one scale for all. */
function UseBar({ use, from, to }: { use: Use | undefined; from: number; to: number }) {
  if (use === undefined) {
    return null;
  }
  const share = (at: number) => (100 * (at - from)) / (to - from);
  const left = share(instantOf(use.firstSeenAt));
  const width = share(instantOf(use.lastSeenAt)) - left;
  return (
    <div className={style.use}>
      <span style={{ left: `min(${left}%, calc(100% - 3px))`, width: `${Math.min(width, 100 - left)}%` }} />
    </div>
  );
}
