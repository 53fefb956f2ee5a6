import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { ScoreContribution } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { Answer } from '../parts/answer';
import { Card, Quiet } from '../parts/card';
import { Probability } from '../parts/probability';
import { Waterfall } from '../parts/waterfall';
import { accountQuery } from './case-queries';
import style from './case.module.css';

// A person reads so many; each feature of the model says something, most of them next to nothing.
const TOLD_AT_MOST = 12;
const TOLD_FROM_MILLIBITS = 100;

function sumOf(parts: readonly ScoreContribution[]): number {
  return parts.reduce((all, part) => all + Number(part.millibits), 0);
}

/** Those that weigh most, for and against, in the order given. */
function strongest(parts: readonly ScoreContribution[]): readonly ScoreContribution[] {
  const weight = (part: ScoreContribution) => Math.abs(Number(part.millibits));
  const order = parts.toSorted((a, b) => weight(b) - weight(a)).slice(0, TOLD_AT_MOST);
  return parts.filter((part) => order.includes(part) && weight(part) >= TOLD_FROM_MILLIBITS);
}

/** What each feature adds to an account's abuse score. */
export function ScoreCard({ account }: { account: string }) {
  const { t } = useTranslation();
  const terms = useTerms();
  const [isWhole, setWhole] = useState(false);
  const detail = useQuery(accountQuery(account));
  const summary = detail.data?.summary;
  return (
    <Card
      title={t('score.title', { account })}
      aside={summary && <Probability value={summary.abuseProbability} scored={summary.scored} />}
    >
      <Answer query={detail} lines={4}>
        {(one) => {
          const contributions = one?.contributions.filter((part) => part.millibits !== 0n) ?? [];
          if (one === null || !one.summary?.scored || contributions.length === 0) {
            return <Quiet>{t(one?.summary?.scored ? 'score.base' : 'score.none')}</Quiet>;
          }
          const total = Number(one.biasMillibits) + sumOf(contributions);
          const told = isWhole ? contributions : strongest(contributions);
          const rest = total - Number(one.biasMillibits) - sumOf(told);
          return (
            <>
              <Waterfall
                from={{ name: t('score.bias'), amount: Number(one.biasMillibits) }}
                steps={[
                  ...told.map((part) => ({
                    name: terms.contribution(part),
                    detail: terms.reason(part.pattern),
                    amount: Number(part.millibits),
                  })),
                  ...(told.length < contributions.length
                    ? [
                        {
                          name: t('score.others', { count: contributions.length - told.length }),
                          amount: rest,
                        },
                      ]
                    : []),
                ]}
                total={total}
                unit={t('evidence.bits')}
                caption={t('score.title', { account })}
              />
              <p className={style.source}>
                {t('score.model', { revision: one.modelRevision })}
                {(isWhole || told.length < contributions.length) && (
                  <Button size="compact-xs" variant="subtle" onClick={() => setWhole(!isWhole)}>
                    {t(isWhole ? 'score.fewer' : 'score.all')}
                  </Button>
                )}
              </p>
            </>
          );
        }}
      </Answer>
    </Card>
  );
}
