import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import style from '../decision/decision.module.css';
import type { CampaignRevision } from '../generated/sameuser/v1/campaign_pb';
import { Failed } from '../parts/failed';
import { campaigns } from '../service/clients';
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
  const queries = useQueryClient();
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
    onSettled: () =>
      Promise.all(
        ['campaigns', 'revisions', 'audit'].map((name) => queries.invalidateQueries({ queryKey: [name] })),
      ),
  });
  // What can't be taken back is confirmed by typing, not by a click.
  const confirmed = step !== 'terminate' || typed.trim() === campaignId;
  return (
    <Modal opened onClose={onClose} title={t(`campaign.${step}.title`, { name: nameOf(campaign) })}>
      <form
        className={style.form}
        onSubmit={(event) => {
          event.preventDefault();
          act.mutate();
        }}
      >
        <p className={style.consequence}>{t(`campaign.${step}.words`)}</p>
        <Textarea
          label={t('campaign.reason')}
          description={t('campaign.reason_words')}
          required
          rows={3}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {step === 'terminate' && (
          <TextInput
            label={t('campaign.confirm', { id: campaignId })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {act.isError && <Failed error={act.error} />}
        <div className={style.buttons}>
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button
            type="submit"
            color={step === 'resume' ? 'indigo' : 'red'}
            disabled={reason.trim() === '' || !confirmed}
            loading={act.isPending}
          >
            {t(`campaign.${step}.name`)}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
