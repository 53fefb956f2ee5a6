import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useTerms } from '../language/terms';
import { Answer } from '../parts/answer';
import { Card, Quiet } from '../parts/card';
import { Probability } from '../parts/probability';
import { Waterfall } from '../parts/waterfall';
import { accountQuery } from './case-queries';
import style from './case.module.css';

/** What each feature adds to an account's abuse score. */
export function ScoreCard({ account }: { account: string }) {
  const { t } = useTranslation();
  const terms = useTerms();
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
          const total = contributions.reduce(
            (all, part) => all + Number(part.millibits),
            Number(one.biasMillibits),
          );
          return (
            <>
              <Waterfall
                from={{ name: t('score.bias'), amount: Number(one.biasMillibits) }}
                steps={contributions.map((part) => ({
                  name: terms.contribution(part),
                  detail: terms.reason(part.pattern),
                  amount: Number(part.millibits),
                }))}
                total={total}
                unit={t('evidence.bits')}
                caption={t('score.title', { account })}
              />
              <p className={style.source}>{t('score.model', { revision: one.modelRevision })}</p>
            </>
          );
        }}
      </Answer>
    </Card>
  );
}
