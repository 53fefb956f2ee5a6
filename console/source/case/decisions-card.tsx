import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { DispositionTable } from '../decision/disposition-table';
import { Answer } from '../parts/answer';
import { Card, Quiet } from '../parts/card';
import { dispositionsQuery } from './case-queries';

/** What people decided of the account before, and the way to undo it. */
export function DecisionsCard({ account }: { account: string }) {
  const { t } = useTranslation();
  const dispositions = useQuery(dispositionsQuery(account));
  return (
    <Card title={t('case.decisions', { account })} flush>
      <Answer query={dispositions} lines={2}>
        {(all) =>
          all.length === 0 ? <Quiet>{t('case.no_decisions')}</Quiet> : <DispositionTable dispositions={all} />
        }
      </Answer>
    </Card>
  );
}
