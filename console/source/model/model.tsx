import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { grouped } from '../format/tokens';
import type { AuditSampleQuality, GetModelQualityResponse } from '../generated/sameuser/v1/review_pb';
import { Answer } from '../parts/answer';
import { Card } from '../parts/card';
import { Figure, Figures } from '../parts/figure';
import { Page } from '../parts/page';
import { review } from '../service/clients';
import { Calibration } from './calibration';
import { FuseCard } from './fuse-card';
import style from './model.module.css';
import { ShareBar } from './share-bar';

/** How right refusals proved, by what people decided afterwards. */
export function ModelPage() {
  const { t } = useTranslation();
  const quality = useQuery({ queryKey: ['quality'], queryFn: () => review.getModelQuality({}) });
  return (
    <Page title={t('model.title')}>
      <Answer query={quality} lines={8}>
        {(data) => <ModelBody data={data} />}
      </Answer>
    </Page>
  );
}

function ModelBody({ data }: { data: GetModelQualityResponse }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Figures>
        <Figure name={t('model.revision')}>{data.modelRevision}</Figure>
        <Figure name={t('model.labelled')}>{grouped(data.labelledAccounts, i18n.language)}</Figure>
        <Figure name={t('model.fuses')} {...(data.fuses.length > 0 && { tone: 'warn' as const })}>
          {data.fuses.length === 0 ? t('model.no_fuse') : t('model.tripped', { count: data.fuses.length })}
        </Figure>
      </Figures>
      <div className={style.columns}>
        <Card title={t('model.precision')}>
          <ShareBar share={data.precision} empty={t('model.no_precision')} />
          <p className={style.quiet}>{t('model.precision_words')}</p>
        </Card>
        <Card title={t('model.overturned')}>
          <ShareBar share={data.overturned} empty={t('model.no_overturned')} />
          <p className={style.quiet}>{t('model.overturned_words')}</p>
        </Card>
        <SampleCard sample={data.auditSample} />
        <FuseCard />
        <Card title={t('model.calibration')}>
          <Calibration bins={data.bins} />
        </Card>
      </div>
    </>
  );
}

/** What people found of accounts drawn at random: the one measure that no choice of theirs bends. */
function SampleCard({ sample }: { sample: AuditSampleQuality | undefined }) {
  const { t, i18n } = useTranslation();
  const shares = [
    ['precision', sample?.precision],
    ['missed', sample?.missed],
    ['prevalence', sample?.prevalence],
  ] as const;
  return (
    <Card title={t('model.sample.title')}>
      {shares.every(([, share]) => (share?.whole ?? 0n) === 0n) ? (
        <p className={style.none}>{t('model.sample.none')}</p>
      ) : (
        shares.map(([name, share]) => (
          <section key={name} className={style.sampled}>
            <h3>{t(`model.sample.${name}`)}</h3>
            <ShareBar share={share} empty={t('model.sample.none')} />
          </section>
        ))
      )}
      <p className={style.quiet}>
        {t('model.sample.words', { waiting: grouped(sample?.waiting ?? 0n, i18n.language) })}
      </p>
    </Card>
  );
}
