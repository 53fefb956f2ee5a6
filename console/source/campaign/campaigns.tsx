import { Badge, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { CampaignState, type CampaignRevision } from '../generated/sameuser/v1/campaign_pb';
import { absolute } from '../format/moment';
import { useTerms } from '../language/terms';
import { Answer } from '../parts/answer';
import { Card } from '../parts/card';
import { Moment } from '../parts/moment';
import { Notice } from '../parts/notice';
import { Page } from '../parts/page';
import { NumberCell, StillCell, Table } from '../parts/table';
import { useMay } from '../service/signed-in';
import { campaignsQuery, line, nameOf } from './campaign-queries';
import style from './campaign.module.css';
import { Editor } from './editor';

const TONES: Record<CampaignState, string> = {
  [CampaignState.UNSPECIFIED]: 'gray',
  [CampaignState.ACTIVE]: 'green',
  [CampaignState.SUSPENDED]: 'orange',
  [CampaignState.TERMINATED]: 'gray',
};

export function StateBadge({ state }: { state: CampaignState }) {
  const terms = useTerms();
  return (
    <Badge variant="light" color={TONES[state]} tt="none" radius="sm">
      {terms.campaignState(state)}
    </Badge>
  );
}

/** From when to when a campaign runs, as its file says. */
export function Period({ campaign }: { campaign: CampaignRevision }) {
  const { t, i18n } = useTranslation();
  const read = (key: string) => {
    const said = line(campaign.termsToml, key);
    const at = said === undefined ? NaN : Date.parse(said);
    return Number.isNaN(at)
      ? { shown: said ?? '–', whole: '' }
      : {
          // Campaigns are written and shown in Beijing Time.
          shown: new Intl.DateTimeFormat(i18n.language, {
            dateStyle: 'medium',
            timeStyle: 'short',
            timeZone: 'Asia/Shanghai',
          }).format(at),
          whole: absolute(new Date(at), i18n.language),
        };
  };
  const [from, to] = [read('starts_at'), read('ends_at')];
  return (
    <span title={`${from.whole} – ${to.whole}`}>
      {from.shown} – {to.shown} {t('campaign.zone')}
    </span>
  );
}

/** The latest revision of every campaign. */
export function Campaigns() {
  const { t } = useTranslation();
  const mayPublish = useMay('publish');
  const campaigns = useQuery(campaignsQuery);
  const [writing, setWriting] = useState(false);
  const first = campaigns.data?.campaigns[0]?.termsToml ?? '';
  return (
    <Page
      title={t('campaign.title')}
      actions={mayPublish && <Button onClick={() => setWriting(true)}>{t('campaign.new')}</Button>}
    >
      <Answer query={campaigns}>
        {({ campaigns: all }) =>
          all.length === 0 ? (
            <Notice title={t('campaign.none')} words={t('campaign.none_words')} />
          ) : (
            <Card title={t('campaign.count', { count: all.length })} flush>
              <Table
                caption={t('campaign.title')}
                head={[
                  t('campaign.one'),
                  t('campaign.state'),
                  t('campaign.period'),
                  { name: t('campaign.revision'), number: true },
                  t('campaign.published'),
                ]}
              >
                {all.map((one) => (
                  <tr key={one.campaignId}>
                    <td>
                      <Link className={style.name} to={`/campaigns/${encodeURIComponent(one.campaignId)}`}>
                        {nameOf(one)}
                      </Link>
                    </td>
                    <td>
                      <StateBadge state={one.state} />
                    </td>
                    <td>
                      <Period campaign={one} />
                    </td>
                    <NumberCell>{one.revision}</NumberCell>
                    <StillCell>
                      <Moment at={one.publishedAt} exact />
                    </StillCell>
                  </tr>
                ))}
              </Table>
            </Card>
          )
        }
      </Answer>
      {writing && <Editor before={first} onClose={() => setWriting(false)} />}
    </Page>
  );
}
