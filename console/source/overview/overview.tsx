import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';

import { instantOf } from '../format/moment';
import { benefitTokens, grouped, shortened, sum } from '../format/tokens';
import type { GetOverviewResponse, OverviewHour } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Amount } from '../parts/amount';
import { Answer } from '../parts/answer';
import { BarList } from '../parts/bar-list';
import { Card, Quiet } from '../parts/card';
import { HourChart } from '../parts/chart';
import { Figure, Figures } from '../parts/figure';
import { Page } from '../parts/page';
import { HealthCard } from './health-card';
import { overviewQuery } from './overview-query';
import style from './overview.module.css';

const SPANS = [24, 72, 168] as const;

/** How the promotion goes, and how the service is. */
export function OverviewPage() {
  const { t } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const hours = SPANS.find((span) => String(span) === search.get('hours')) ?? SPANS[0];
  const overview = useQuery(overviewQuery(hours));
  return (
    <Page
      title={t('overview.title')}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t('overview.span')}
          value={String(hours)}
          data={SPANS.map((span) => ({ value: String(span), label: t(`overview.last_${span}`) }))}
          onChange={(value) => setSearch({ hours: value }, { replace: true })}
        />
      }
    >
      <Answer query={overview} lines={10}>
        {(data) => <OverviewBody data={data} />}
      </Answer>
    </Page>
  );
}

function OverviewBody({ data }: { data: GetOverviewResponse }) {
  const { t, i18n } = useTranslation();
  const count = (pick: (hour: OverviewHour) => bigint) =>
    data.hours.reduce((all, hour) => all + pick(hour), 0n);
  const number = (value: bigint) => grouped(value, i18n.language);
  return (
    <>
      {!data.complete && <p className={style.counting}>{t('overview.counting')}</p>}
      <Figures>
        <Figure name={t('overview.grants')}>{number(count((hour) => hour.grants))}</Figure>
        <Figure name={t('overview.denials')}>{number(count((hour) => hour.denials))}</Figure>
        <Figure name={t('overview.revocations')}>{number(count((hour) => hour.revocations))}</Figure>
        <Figure name={t('overview.granted_tokens')}>
          <Amount basisPoints={count((hour) => sum(hour.grantedTokenBasisPoints))} short />
        </Figure>
        <Figure name={t('overview.recovered')}>
          <Amount basisPoints={count((hour) => sum(hour.recoveredTokenBasisPoints))} short />
        </Figure>
        <Figure name={t('overview.cases')}>{number(data.cases)}</Figure>
        <Figure name={t('overview.appeals')} {...(data.overdueAppeals > 0n && { tone: 'bad' as const })}>
          {number(data.openAppeals)}
          {data.overdueAppeals > 0n && ` · ${t('overview.overdue', { count: Number(data.overdueAppeals) })}`}
        </Figure>
      </Figures>
      <div className={style.columns}>
        <VerdictsByHour hours={data.hours} />
        <ReasonsCard data={data} />
        <AdjustmentsByHour hours={data.hours} />
        <HealthCard data={data} />
      </div>
    </>
  );
}

function useHours(hours: readonly OverviewHour[]) {
  const { i18n } = useTranslation();
  return {
    at: hours.map((hour) => instantOf(hour.beginsAt) / 1000),
    language: i18n.language,
    format: (value: number) => shortened(value, i18n.language),
  };
}

function VerdictsByHour({ hours }: { hours: readonly OverviewHour[] }) {
  const { t } = useTranslation();
  const shared = useHours(hours);
  const none = hours.every((hour) => hour.grants + hour.denials + hour.revocations === 0n);
  return (
    <Card title={t('overview.verdicts_by_hour')}>
      {none ? (
        <Quiet>{t('overview.no_verdicts')}</Quiet>
      ) : (
        <HourChart
          {...shared}
          label={t('overview.verdicts_by_hour')}
          series={[
            { name: t('overview.grants'), colour: 'good', values: hours.map((hour) => Number(hour.grants)) },
            {
              name: t('overview.denials'),
              colour: 'calm',
              values: hours.map((hour) => Number(hour.denials)),
            },
            {
              name: t('overview.revocations'),
              colour: 'bad',
              values: hours.map((hour) => Number(hour.revocations)),
            },
          ]}
        />
      )}
    </Card>
  );
}

function AdjustmentsByHour({ hours }: { hours: readonly OverviewHour[] }) {
  const { t } = useTranslation();
  const shared = useHours(hours);
  const none = hours.every((hour) => hour.recoveries + hour.restorations === 0n);
  const tokens = (value: string) => Number(benefitTokens(value));
  return (
    <Card title={t('overview.adjustments_by_hour')}>
      {none ? (
        <Quiet>{t('overview.no_adjustments')}</Quiet>
      ) : (
        <HourChart
          {...shared}
          label={t('overview.adjustments_by_hour')}
          series={[
            {
              name: t('overview.recovered_tokens'),
              colour: 'warn',
              values: hours.map((hour) => tokens(hour.recoveredTokenBasisPoints)),
            },
            {
              name: t('overview.restored_tokens'),
              colour: 'accent',
              values: hours.map((hour) => tokens(hour.restoredTokenBasisPoints)),
            },
          ]}
        />
      )}
    </Card>
  );
}

function ReasonsCard({ data }: { data: GetOverviewResponse }) {
  const { t, i18n } = useTranslation();
  const terms = useTerms();
  return (
    <Card title={t('overview.reasons')}>
      {data.reasons.length === 0 ? (
        <Quiet>{t('overview.no_refusals')}</Quiet>
      ) : (
        <BarList
          caption={t('overview.reasons')}
          bars={data.reasons.map((one) => ({
            name: terms.reason(one.reason),
            value: Number(one.verdicts),
            shown: grouped(one.verdicts, i18n.language),
          }))}
        />
      )}
    </Card>
  );
}
