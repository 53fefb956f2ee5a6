import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';

import { CampaignState, type CampaignRevision } from '../generated/sameuser/v1/campaign_pb';
import { Amount } from '../parts/amount';
import { Answer } from '../parts/answer';
import { Card } from '../parts/card';
import { Choice, Choices } from '../parts/choices';
import { Figure, Figures } from '../parts/figure';
import { Moment } from '../parts/moment';
import { Notice } from '../parts/notice';
import { Page } from '../parts/page';
import { review } from '../service/clients';
import { useMay } from '../service/signed-in';
import { nameOf, revisionsQuery } from './campaign-queries';
import style from './campaign.module.css';
import { Period, StateBadge } from './campaigns';
import { Editor } from './editor';
import { Lifecycle, type Step } from './lifecycle';
import { TermsDifferences } from './terms-differences';

/** One campaign: its terms now, how they came about, and what may be done with it. */
export function CampaignPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const revisions = useQuery(revisionsQuery(id));
  return (
    <Answer query={revisions} lines={10}>
      {(all) => {
        const latest = all[0];
        return latest === undefined ? (
          <Notice title={t('failure.missing.title')} />
        ) : (
          <CampaignBody key={id} latest={latest} all={all} />
        );
      }}
    </Answer>
  );
}

function CampaignBody({ latest, all }: { latest: CampaignRevision; all: readonly CampaignRevision[] }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(latest.revision);
  const place = Math.max(
    0,
    all.findIndex((one) => one.revision === shown),
  );
  const one = all[place] ?? latest;
  return (
    <Page
      title={nameOf(latest)}
      beside={<StateBadge state={latest.state} />}
      actions={<CampaignActions latest={latest} />}
    >
      <CampaignFigures latest={latest} />
      <div className={style.columns}>
        <Card title={t('campaign.revisions')} flush>
          <Choices>
            {all.map((revision) => (
              <Choice
                key={revision.revision}
                name={t('campaign.revision_number', { number: revision.revision })}
                aside={<StateBadge state={revision.state} />}
                current={revision === one}
                onChoose={() => setShown(revision.revision)}
              >
                <Moment at={revision.publishedAt} exact /> {revision.reason !== '' && `· ${revision.reason}`}
              </Choice>
            ))}
          </Choices>
        </Card>
        <TermsDifferences revision={one} before={all[place + 1]} />
      </div>
    </Page>
  );
}

function CampaignFigures({ latest }: { latest: CampaignRevision }) {
  const { t } = useTranslation();
  const book = useQuery({
    queryKey: ['book', 'campaign', latest.campaignId],
    queryFn: async () => (await review.getBook({ campaignId: latest.campaignId })).book ?? null,
  }).data;
  return (
    <Figures>
      <Figure name={t('campaign.period')}>
        <Period campaign={latest} />
      </Figure>
      <Figure name={t('money.granted')}>
        <Amount basisPoints={book?.granted ?? '0'} short />
      </Figure>
      <Figure name={t('money.recovered')}>
        <Amount basisPoints={book?.recovered ?? '0'} short />
      </Figure>
      <Figure name={t('money.outstanding')}>
        <Amount basisPoints={book?.outstanding ?? '0'} short />
      </Figure>
      <Figure name={t('money.benefit')}>
        <Amount basisPoints={book?.benefit ?? '0'} short />
      </Figure>
    </Figures>
  );
}

function CampaignActions({ latest }: { latest: CampaignRevision }) {
  const { t } = useTranslation();
  const mayPublish = useMay('publish');
  const [writing, setWriting] = useState(false);
  const [step, setStep] = useState<Step | null>(null);
  if (!mayPublish) {
    return null;
  }
  return (
    <>
      {latest.state === CampaignState.ACTIVE && (
        <Button variant="default" onClick={() => setStep('suspend')}>
          {t('campaign.suspend.name')}
        </Button>
      )}
      {latest.state === CampaignState.SUSPENDED && (
        <Button variant="default" onClick={() => setStep('resume')}>
          {t('campaign.resume.name')}
        </Button>
      )}
      {latest.state !== CampaignState.TERMINATED && (
        <>
          <Button variant="default" color="red" onClick={() => setStep('terminate')}>
            {t('campaign.terminate.name')}
          </Button>
          <Button onClick={() => setWriting(true)}>{t('campaign.change')}</Button>
        </>
      )}
      {step !== null && <Lifecycle step={step} campaign={latest} onClose={() => setStep(null)} />}
      {writing && (
        <Editor before={latest.termsToml} campaignId={latest.campaignId} onClose={() => setWriting(false)} />
      )}
    </>
  );
}
