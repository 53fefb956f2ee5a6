import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { eventsQuery } from '../case/case-queries';
import { grouped } from '../format/tokens';
import { Answer } from '../parts/answer';
import { Card, CardFoot, Quiet } from '../parts/card';
import { Cadence } from './cadence';
import { EventTable } from './event-table';
import { TimelineCanvas } from './timeline-canvas';
import style from './timeline.module.css';

type View = 'lanes' | 'clock' | 'table';
const VIEWS: readonly View[] = ['lanes', 'clock', 'table'];

/** Registrations, logins and tasks in time: a machine's rhythm shows at a glance. */
export function TimelineCard({ account, wholeUser }: { account: string; wholeUser: boolean }) {
  const { t, i18n } = useTranslation();
  const [view, setView] = useState<View>('lanes');
  const events = useQuery(eventsQuery(account, wholeUser));
  return (
    <Card
      title={t('timeline.title')}
      flush
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('timeline.view')}
          value={view}
          data={VIEWS.map((name) => ({ value: name, label: t(`timeline.${name}`) }))}
          onChange={(name) => setView(name)}
        />
      }
    >
      <Answer query={events} lines={5}>
        {({ events: shown, total }) =>
          shown.length === 0 ? (
            <Quiet>{t('timeline.none')}</Quiet>
          ) : (
            <>
              {view === 'table' ? (
                <EventTable events={shown} />
              ) : (
                <TimelineCanvas events={shown} view={view} />
              )}
              <CardFoot>
                <Legend />
                <Cadence events={shown} />
                <span>
                  {t('timeline.shown', {
                    shown: grouped(shown.length, i18n.language),
                    total: grouped(
                      total > BigInt(shown.length) ? total : BigInt(shown.length),
                      i18n.language,
                    ),
                  })}
                </span>
              </CardFoot>
            </>
          )
        }
      </Answer>
    </Card>
  );
}

const MARKS = ['registration', 'login', 'task', 'phone'] as const;

function Legend() {
  const { t } = useTranslation();
  return (
    <ul className={style.legend}>
      {MARKS.map((mark) => (
        <li key={mark}>
          <span className={style.mark} data-mark={mark} />
          {t(`timeline.mark.${mark}`)}
        </li>
      ))}
    </ul>
  );
}
