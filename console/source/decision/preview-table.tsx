import type { UseQueryResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { grouped } from '../format/tokens';
import { Amount } from '../parts/amount';
import { Answer } from '../parts/answer';
import { Quiet } from '../parts/card';
import { Table, NumberCell } from '../parts/table';
import style from './decision.module.css';
import type { Preview } from './preview';

const SHOWN_AT_MOST = 50;

/** Whom the decision would reach and how many tokens they were granted. */
export function PreviewTable({
  preview,
  asserting,
}: {
  preview: UseQueryResult<Preview>;
  asserting: boolean;
}) {
  const { t, i18n } = useTranslation();
  if (preview.isPending && preview.fetchStatus === 'idle') {
    return <Quiet>{t('decision.incomplete')}</Quiet>;
  }
  return (
    <div className={style.preview} data-stale={preview.isPlaceholderData || undefined}>
      <Answer query={preview} lines={3}>
        {(data) => (
          <>
            <p className={style.sum} data-testid="preview-sum">
              {t(asserting ? 'decision.reaches_asserted' : 'decision.reaches', {
                count: data.affected.length,
              })}{' '}
              <strong>
                <Amount basisPoints={data.tokenBasisPoints} />
              </strong>{' '}
              {t('decision.in_grants', { count: Number(data.grants) })}
            </p>
            <Table
              caption={t('decision.preview')}
              head={[
                t('account.one'),
                t('decision.how'),
                { name: t('decision.grants'), number: true },
                { name: t('decision.tokens'), number: true },
              ]}
              scrolling
            >
              {data.affected.slice(0, SHOWN_AT_MOST).map((one) => (
                <tr key={one.accountId}>
                  <td>{one.accountId}</td>
                  <td>{t(one.named ? 'decision.named' : 'decision.reached')}</td>
                  <NumberCell>{grouped(one.grants, i18n.language)}</NumberCell>
                  <NumberCell>
                    <Amount basisPoints={one.tokenBasisPoints} bare />
                  </NumberCell>
                </tr>
              ))}
            </Table>
            {data.affected.length > SHOWN_AT_MOST && (
              <p className={style.more}>
                {t('decision.more', { count: data.affected.length - SHOWN_AT_MOST })}
              </p>
            )}
          </>
        )}
      </Answer>
    </div>
  );
}
