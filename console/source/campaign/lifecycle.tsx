import { TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { CampaignRevision } from '../generated/sameuser/v1/campaign_pb';
import { FormDialog } from '../parts/form-dialog';
import { StatementField } from '../parts/statement-field';
import { campaigns } from '../service/clients';
import { OF_CAMPAIGNS, useRefresh } from '../service/refresh';
import { nameOf } from './campaign-queries';

export type Step = 'suspend' | 'resume' | 'terminate';

interface LifecycleProperties {
  step: Step;
  campaign: CampaignRevision;
  onClose: () => void;
}

/** Suspends, resumes or ends a campaign, with the reason that users may be shown. */
export function Lifecycle({ step, campaign, onClose }: LifecycleProperties) {
  const { t } = useTranslation();
  const refresh = useRefresh(OF_CAMPAIGNS);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const { campaignId } = campaign;
  const act = useMutation({
    mutationFn: async () => {
      switch (step) {
        case 'suspend':
          return (await campaigns.suspendCampaign({ campaignId, reason })).campaign;
        case 'resume':
          return (await campaigns.resumeCampaign({ campaignId, reason })).campaign;
        case 'terminate':
          return (await campaigns.terminateCampaign({ campaignId, reason })).campaign;
      }
    },
    onSuccess: () => {
      notifications.show({ message: t(`campaign.${step}.done`) });
      onClose();
    },
    onSettled: refresh,
  });
  // What can't be taken back is confirmed by typing, not by a click.
  const confirmed = step !== 'terminate' || typed.trim() === campaignId;
  return (
    <FormDialog
      title={t(`campaign.${step}.title`, { name: nameOf(campaign) })}
      words={t(`campaign.${step}.words`)}
      verb={t(`campaign.${step}.name`)}
      grave={step !== 'resume'}
      ready={reason.trim() !== '' && confirmed}
      doing={act}
      onSubmit={() => act.mutate()}
      onClose={onClose}
    >
      <StatementField
        label={t('campaign.reason')}
        description={t('campaign.reason_words')}
        first
        value={reason}
        setValue={setReason}
      />
      {step === 'terminate' && (
        <TextInput
          label={t('campaign.confirm', { id: campaignId })}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
    </FormDialog>
  );
}
