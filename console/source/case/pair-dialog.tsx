import { Autocomplete, Button, Modal } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { decide } from '../decision/desk-store';
import style from '../decision/decision.module.css';
import type { AccountSummary } from '../generated/sameuser/v1/review_pb';

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
    <Modal opened onClose={onClose} title={t(`decision.verb.${action}`)}>
      <form
        className={style.form}
        onSubmit={(event) => {
          event.preventDefault();
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
      >
        <p className={style.consequence}>{t(`decision.consequence.${action}`)}</p>
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
        <div className={style.buttons}>
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" disabled={!ready}>
            {t('action.continue')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
