import { NativeSelect } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { campaignsQuery, nameOf } from '../campaign/campaign-queries';
import { FormDialog } from '../parts/form-dialog';
import { StatementField } from '../parts/statement-field';
import { review } from '../service/clients';
import { OF_DECISIONS, useRefresh } from '../service/refresh';
import { usePerson } from '../service/signed-in';

/** Takes an appeal down for a user, in the user's own words. */
export function AppealDialog({ account, onClose }: { account: string; onClose: () => void }) {
  const { t } = useTranslation();
  const person = usePerson();
  const refresh = useRefresh(OF_DECISIONS);
  const campaigns = useQuery(campaignsQuery).data?.campaigns ?? [];
  const [campaignId, setCampaignId] = useState('');
  const [statement, setStatement] = useState('');
  const about = campaignId || (campaigns[0]?.campaignId ?? '');
  const open = useMutation({
    mutationFn: () =>
      review.openAppeal({ accountId: account, campaignId: about, statement, openedBy: person.name }),
    onSuccess: () => {
      notifications.show({ message: t('appeal.opened') });
      onClose();
    },
    onSettled: refresh,
  });
  return (
    <FormDialog
      title={t('appeal.open_for', { account })}
      verb={t('appeal.open')}
      ready={statement.trim() !== '' && about !== ''}
      doing={open}
      onSubmit={() => open.mutate()}
      onClose={onClose}
    >
      <NativeSelect
        label={t('campaign.one')}
        value={about}
        data={campaigns.map((one) => ({ value: one.campaignId, label: nameOf(one) }))}
        onChange={(event) => setCampaignId(event.currentTarget.value)}
      />
      <StatementField
        label={t('appeal.statement')}
        description={t('appeal.statement_words')}
        rows={4}
        first
        value={statement}
        setValue={setStatement}
      />
    </FormDialog>
  );
}
