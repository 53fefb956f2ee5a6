import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { grouped } from '../format/tokens';
import type { GetOverviewResponse } from '../generated/sameuser/v1/review_pb';
import { Card } from '../parts/card';
import style from './overview.module.css';

/** How the service is, and what it decides with. */
export function HealthCard({ data }: { data: GetOverviewResponse }) {
  const { t, i18n } = useTranslation();
  const { health, graph, streams } = data;
  const number = (value: bigint | undefined) => grouped(value ?? 0n, i18n.language);
  const rows: [string, string][] = [
    [t('overview.accounts'), number(graph?.accounts)],
    [t('overview.identifiers'), number(graph?.identifiers)],
    [t('overview.links'), number(graph?.links)],
    [t('overview.events'), number(graph?.events)],
    [t('overview.verdicts'), number(graph?.verdicts)],
    [t('overview.standing_lag'), number(health?.standingLag)],
    [t('overview.dead_letters'), number(health?.deadLetters)],
    ...streams.map((one): [string, string] => [
      t('overview.lag', { stream: one.stream }),
      number(one.lagEntries),
    ]),
    ...(streams.length === 0 ? [[t('overview.streams'), t('overview.no_streams')] as [string, string]] : []),
    [t('overview.model'), health?.modelRevision ?? '–'],
    [t('overview.weights'), health?.weightsRevision ?? '–'],
    [t('overview.release'), health?.release ?? '–'],
  ];
  return (
    <Card
      title={t('overview.health')}
      aside={
        <Badge variant="light" color={health?.ready ? 'green' : 'red'} tt="none" radius="sm">
          {t(health?.ready ? 'overview.ready' : 'overview.not_ready')}
        </Badge>
      }
    >
      <dl className={style.facts}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
