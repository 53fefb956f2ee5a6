import { Badge, Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useCampaignName } from '../campaign/campaign-name';
import { BookList, isMoved } from '../case/book-list';
import type { AccountDetail, Book } from '../generated/sameuser/v1/review_pb';
import { Decision, type Verdict } from '../generated/sameuser/v1/verdict_pb';
import { percent } from '../format/tokens';
import { useTerms } from '../language/terms';
import { Card, Quiet } from '../parts/card';
import { IdentifierLink } from '../parts/links';
import { Moment } from '../parts/moment';
import { NumberCell, StillCell, Table } from '../parts/table';
import { StatementDialog } from '../search/statement-dialog';
import style from './account.module.css';

const TONES: Record<Decision, string> = {
  [Decision.UNSPECIFIED]: 'gray',
  [Decision.ALLOW]: 'green',
  [Decision.DENY]: 'orange',
  [Decision.REVOKE]: 'red',
};

export function DecisionBadge({ decision }: { decision: Decision }) {
  const terms = useTerms();
  return (
    <Badge variant="light" color={TONES[decision]} tt="none" radius="sm">
      {terms.decision(decision)}
    </Badge>
  );
}

export function VerdictsCard({ verdicts }: { verdicts: readonly Verdict[] }) {
  const terms = useTerms();
  const { t, i18n } = useTranslation();
  const campaignName = useCampaignName();
  const [asked, setAsked] = useState<string | null>(null);
  return (
    <Card title={t('verdict.title')} flush>
      {verdicts.length === 0 ? (
        <Quiet>{t('verdict.none')}</Quiet>
      ) : (
        <Table
          caption={t('verdict.title')}
          scrolling
          head={[
            t('verdict.decided'),
            t('verdict.decision'),
            { name: t('verdict.rate'), number: true },
            t('verdict.why'),
            t('verdict.reasons'),
          ]}
        >
          {verdicts.map((one) => (
            <tr key={one.verdictId}>
              <StillCell>
                <Moment at={one.decidedAt} exact />
              </StillCell>
              <td>
                <DecisionBadge decision={one.decision} />
              </td>
              <NumberCell>{percent(one.rateBasisPoints / 10_000, i18n.language)}</NumberCell>
              <td>
                {one.reasons[0] && terms.why(one.reasons[0])}
                <br />
                <span className={style.soft}>{campaignName(one.campaignId)}</span>
              </td>
              <td>
                <Button size="compact-xs" variant="default" onClick={() => setAsked(one.verdictId)}>
                  {t('statement.show')}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {asked !== null && (
        <StatementDialog about={{ case: 'verdictId', value: asked }} onClose={() => setAsked(null)} />
      )}
    </Card>
  );
}

export function IdentifiersCard({ detail }: { detail: AccountDetail }) {
  const { t } = useTranslation();
  const linkOf = (number: number) => detail.links.find((link) => link.identifierNumber === number);
  return (
    <Card title={t('account.identifiers')} flush>
      {detail.identifiers.length === 0 ? (
        <Quiet>{t('account.no_identifiers')}</Quiet>
      ) : (
        <Table
          caption={t('account.identifiers')}
          scrolling
          head={[
            t('account.identifier'),
            { name: t('account.used_by'), number: true },
            t('account.last_used'),
          ]}
        >
          {detail.identifiers.map((one) => (
            <tr key={one.number}>
              <td>
                <IdentifierLink kind={one.kind} tag={one.tag} class="" />
                <br />
                <IdentifierClass word={one.class} />
              </td>
              <NumberCell>{one.accounts}</NumberCell>
              <StillCell>
                <Moment at={linkOf(one.number)?.lastSeenAt} />
              </StillCell>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}

function IdentifierClass({ word }: { word: string }) {
  const terms = useTerms();
  return <span className={style.soft}>{terms.identifierClass(word)}</span>;
}

export function BooksCard({ books }: { books: readonly Book[] }) {
  const { t } = useTranslation();
  const campaignName = useCampaignName();
  const moved = books.filter(isMoved);
  return (
    <Card title={t('money.of_account')}>
      {moved.length === 0 ? (
        <p className={style.none}>{t('money.nothing')}</p>
      ) : (
        moved.map((book) => (
          <BookList key={book.campaignId} name={campaignName(book.campaignId)} book={book} />
        ))
      )}
    </Card>
  );
}
