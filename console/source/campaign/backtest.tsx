import { Button, Progress } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { BacktestFlip, BacktestProgress, BacktestResult } from '../generated/sameuser/v1/campaign_pb';
import { Decision } from '../generated/sameuser/v1/verdict_pb';
import { benefitTokens, grouped, sum } from '../format/tokens';
import { useTerms } from '../language/terms';
import { Amount, useAmount } from '../parts/amount';
import { BarList } from '../parts/bar-list';
import { Card } from '../parts/card';
import { Failed } from '../parts/failed';
import { campaigns } from '../service/clients';
import style from './campaign.module.css';

// The server works through the whole ledger: minutes where it is long.
const BACKTEST_AT_MOST_MS = 600_000;
const FLIPS_SHOWN = 12;

/** What the terms would have decided, before they decide anything. */
export function Backtest({ campaignId, terms }: { campaignId: string; terms: string }) {
  const { t } = useTranslation();
  const [progress, setProgress] = useState<BacktestProgress | null>(null);
  const run = useMutation({
    mutationFn: async () => {
      let result: BacktestResult | null = null;
      const request = { campaignId, termsToml: terms };
      for await (const { step } of campaigns.backtestCampaign(request, { timeoutMs: BACKTEST_AT_MOST_MS })) {
        if (step.case === 'progress') {
          setProgress(step.value);
        } else if (step.case === 'result') {
          result = step.value;
        }
      }
      return result;
    },
    onSettled: () => setProgress(null),
  });
  const done =
    progress === null || progress.total === 0n ? 0 : Number((100n * progress.done) / progress.total);
  return (
    <Card
      title={t('backtest.title')}
      aside={
        <Button size="compact-xs" variant="default" loading={run.isPending} onClick={() => run.mutate()}>
          {t('backtest.run')}
        </Button>
      }
    >
      {run.isPending && <Progress value={done} aria-label={t('backtest.progress')} />}
      {run.isError && <Failed error={run.error} />}
      {run.data ? (
        <Result result={run.data} />
      ) : (
        !run.isPending && <p className={style.plain}>{t('backtest.words')}</p>
      )}
    </Card>
  );
}

function Result({ result }: { result: BacktestResult }) {
  const { t, i18n } = useTranslation();
  const amount = useAmount();
  const number = (value: bigint) => grouped(value, i18n.language);
  const flipped = result.verdicts - result.equal - result.notJudged;
  const difference = sum(result.grantedAfter) - sum(result.grantedBefore);
  return (
    <div data-testid="backtest-result">
      <p className={style.plain}>
        {t('backtest.summary', { verdicts: number(result.verdicts), flipped: number(flipped) })}
        {result.notJudged > 0n && <> {t('backtest.not_judged', { count: Number(result.notJudged) })}</>}
      </p>
      <BarList
        caption={t('backtest.granted')}
        bars={[
          {
            name: t('backtest.before'),
            value: Number(benefitTokens(result.grantedBefore)),
            shown: <Amount basisPoints={result.grantedBefore} short />,
          },
          {
            name: t('backtest.after'),
            value: Number(benefitTokens(result.grantedAfter)),
            shown: <Amount basisPoints={result.grantedAfter} short />,
          },
        ]}
      />
      <p className={style.plain}>
        {difference === 0n
          ? t('backtest.no_change')
          : t(difference > 0n ? 'backtest.more' : 'backtest.less', {
              amount: amount(difference < 0n ? -difference : difference),
            })}
      </p>
      {result.flips.length > 0 && <Flips flips={result.flips} />}
    </div>
  );
}

function Flips({ flips }: { flips: readonly BacktestFlip[] }) {
  const { t, i18n } = useTranslation();
  const terms = useTerms();
  const tone = (after: Decision) =>
    after === Decision.ALLOW ? 'good' : after === Decision.REVOKE ? 'bad' : 'warn';
  return (
    <>
      <h3 className={style.flips}>{t('backtest.flips')}</h3>
      <BarList
        caption={t('backtest.flips')}
        bars={flips.slice(0, FLIPS_SHOWN).map((flip) => ({
          name: (
            <>
              {terms.decision(flip.before)} → {terms.decision(flip.after)}
              <span className={style.soft}>
                {terms.population(flip.population)} · {terms.reason(flip.reason)}
              </span>
            </>
          ),
          value: Number(flip.verdicts),
          shown: t('backtest.verdicts', {
            count: Number(flip.verdicts),
            shown: grouped(flip.verdicts, i18n.language),
          }),
          tone: tone(flip.after),
        }))}
      />
    </>
  );
}
