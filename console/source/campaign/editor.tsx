import { Button, Drawer, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import form from '../parts/parts.module.css';
import type { PublishCampaignResponse } from '../generated/sameuser/v1/campaign_pb';
import { Failed } from '../parts/failed';
import { Table } from '../parts/table';
import { StatementField } from '../parts/statement-field';
import { campaigns } from '../service/clients';
import { OF_CAMPAIGNS, useRefresh } from '../service/refresh';
import { Backtest } from './backtest';
import style from './campaign.module.css';

interface EditorProperties {
  before: string;
  /** Left out for a new campaign: there is nothing to test it on. */
  campaignId?: string;
  onClose: () => void;
}

/** Terms before they bind: written, checked, tried on what was decided, then published with a reason. */
export function Editor({ before, campaignId, onClose }: EditorProperties) {
  const { t } = useTranslation();
  const refresh = useRefresh(OF_CAMPAIGNS);
  const [terms, setTerms] = useState(before);
  const [reason, setReason] = useState('');
  const check = useMutation({
    mutationFn: (termsToml: string) =>
      campaigns.publishCampaign({ termsToml, reason: reason || '–', validateOnly: true }),
  });
  const publish = useMutation({
    mutationFn: () => campaigns.publishCampaign({ termsToml: terms, reason }),
    onSuccess: (answer) => {
      notifications.show({
        message: t('campaign.was_published', { number: answer.campaign?.revision ?? 0 }),
      });
      onClose();
    },
    onSettled: refresh,
  });
  // A check speaks of the terms that were checked, not of those typed since.
  const checked = check.data !== undefined && check.variables === terms;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(1100px, 92vw)"
      title={campaignId === undefined ? t('campaign.new') : t('campaign.change')}
    >
      <div className={style.editor}>
        <Textarea
          label={t('campaign.terms')}
          description={t('campaign.terms_words')}
          spellCheck={false}
          classNames={{ input: `${style.mono} ${style.writing}` }}
          value={terms}
          onChange={(event) => setTerms(event.currentTarget.value)}
        />
        <div className={form.form}>
          <Button variant="default" loading={check.isPending} onClick={() => check.mutate(terms)}>
            {t('campaign.check')}
          </Button>
          {check.isError && <Failed error={check.error} />}
          {checked && <Differences answer={check.data} />}
          {campaignId !== undefined && checked && <Backtest campaignId={campaignId} terms={terms} />}
          {checked && (
            <form
              className={form.form}
              onSubmit={(event) => {
                event.preventDefault();
                publish.mutate();
              }}
            >
              <StatementField
                label={t('campaign.reason')}
                description={t('campaign.reason_words')}
                rows={2}
                value={reason}
                setValue={setReason}
              />
              {publish.isError && <Failed error={publish.error} />}
              <Button type="submit" disabled={reason.trim() === ''} loading={publish.isPending}>
                {t('campaign.publish')}
              </Button>
            </form>
          )}
        </div>
      </div>
    </Drawer>
  );
}

function Differences({ answer }: { answer: PublishCampaignResponse }) {
  const { t } = useTranslation();
  if (answer.differences.length === 0) {
    return <p className={form.consequence}>{t('campaign.same')}</p>;
  }
  return (
    <Table
      caption={t('campaign.differences')}
      head={[t('campaign.key'), t('campaign.before'), t('campaign.after')]}
      scrolling
    >
      {answer.differences.map((one) => (
        <tr key={one.key}>
          <td className={style.mono}>{one.key}</td>
          <td className={style.gone}>{one.before || '–'}</td>
          <td className={style.fresh}>{one.after || '–'}</td>
        </tr>
      ))}
    </Table>
  );
}
