import { Badge, Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { AdjustmentResolution } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Amount } from '../parts/amount';
import { Answer } from '../parts/answer';
import { Card, Quiet } from '../parts/card';
import { Failed } from '../parts/failed';
import { Moment } from '../parts/moment';
import { StatementField } from '../parts/statement-field';
import { review } from '../service/clients';
import { OF_DECISIONS, useRefresh } from '../service/refresh';
import { useMay, usePerson } from '../service/signed-in';
import style from './case.module.css';

/** An adjustment that waits for a person: a recovery to confirm, or one that billing refused. */
export function AdjustmentCard({ adjustmentId }: { adjustmentId: string }) {
  const { t } = useTranslation();
  const terms = useTerms();
  const mayResolve = useMay('resolve');
  const found = useQuery({
    queryKey: ['case', 'adjustment', adjustmentId],
    queryFn: async () => {
      const { results } = await review.search({ query: adjustmentId });
      const adjustments = results.flatMap(({ found: one }) => (one.case === 'adjustment' ? [one.value] : []));
      return adjustments[0] ?? null;
    },
  });
  return (
    <Card title={t('adjustment.title')}>
      <Answer query={found} lines={2}>
        {(one) =>
          one === null ? (
            <Quiet>{t('failure.missing.title')}</Quiet>
          ) : (
            <>
              <p className={style.adjustment}>
                <strong>{terms.adjustmentKind(one.kind)}</strong>{' '}
                <Amount basisPoints={one.tokenBasisPoints} />{' '}
                <Badge variant="light" color="orange" tt="none" radius="sm">
                  {terms.adjustmentState(one.state)}
                </Badge>{' '}
                <Moment at={one.changedAt} />
              </p>
              {one.reasons[0] !== undefined && <Quiet>{terms.why(one.reasons[0])}</Quiet>}
              {mayResolve ? <Resolve adjustmentId={adjustmentId} /> : <Quiet>{t('adjustment.lead')}</Quiet>}
            </>
          )
        }
      </Answer>
    </Card>
  );
}

function Resolve({ adjustmentId }: { adjustmentId: string }) {
  const { t } = useTranslation();
  const person = usePerson();
  const refresh = useRefresh(OF_DECISIONS);
  const [statement, setStatement] = useState('');
  const resolve = useMutation({
    mutationFn: (resolution: AdjustmentResolution) =>
      review.resolveAdjustment({ adjustmentId, resolution, statement, author: person.name }),
    onSuccess: () => notifications.show({ message: t('adjustment.resolved') }),
    onSettled: refresh,
  });
  const empty = statement.trim() === '';
  return (
    <>
      <StatementField
        label={t('decision.statement')}
        rows={2}
        mt="xs"
        value={statement}
        setValue={setStatement}
      />
      <div className={style.resolve}>
        <Button
          size="xs"
          disabled={empty}
          loading={resolve.isPending}
          onClick={() => resolve.mutate(AdjustmentResolution.OPEN)}
        >
          {t('adjustment.open')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={empty}
          loading={resolve.isPending}
          onClick={() => resolve.mutate(AdjustmentResolution.WRITE_OFF)}
        >
          {t('adjustment.write_off')}
        </Button>
      </div>
      {resolve.isError && <Failed error={resolve.error} />}
    </>
  );
}
