import { Autocomplete } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { decide } from '../decision/desk-store';
import style from '../decision/decision.module.css';
import type { AccountSummary } from '../generated/sameuser/v1/review_pb';
import { FormDialog } from '../parts/form-dialog';

interface PairDialogProperties {
  action: 'sameUser' | 'notSameUser';
  account: string;
  accounts: readonly AccountSummary[];
  onClose: () => void;
}

const OFFERED_AT_MOST = 100;

/** Which two accounts an assertion is about. */
export function PairDialog({ action, account, accounts, onClose }: PairDialogProperties) {
  const { t } = useTranslation();
  const [one, setOne] = useState(account);
  const [other, setOther] = useState('');
  const ids = accounts.map((known) => known.accountId).slice(0, OFFERED_AT_MOST);
  const ready = one.trim() !== '' && other.trim() !== '' && one.trim() !== other.trim();
  return (
    <FormDialog
      title={t(`decision.verb.${action}`)}
      words={t(`decision.consequence.${action}`)}
      verb={t('action.continue')}
      ready={ready}
      onSubmit={() => {
        const accountIds = [one.trim(), other.trim()];
        onClose();
        decide({
          action,
          subjects: [
            {
              name: t('decision.pair', { one: accountIds[0] ?? '', other: accountIds[1] ?? '' }),
              accountIds,
            },
          ],
        });
      }}
      onClose={onClose}
    >
      <div className={style.pair}>
        <Autocomplete label={t('case.one_account')} data={ids} value={one} onChange={setOne} />
        <Autocomplete
          label={t('case.other_account')}
          data={ids.filter((id) => id !== one)}
          value={other}
          onChange={setOther}
          data-autofocus
        />
      </div>
    </FormDialog>
  );
}
