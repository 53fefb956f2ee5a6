import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { AccountEvent } from '../generated/sameuser/v1/review_pb';
import { usePalette } from '../graph/palette';
import { HoverBox } from '../parts/hover';
import { AXIS, drawClock, drawLanes, LANE_HEIGHT } from './draw';
import { EventWords } from './event-words';
import { lanesOf, spanOf, type Drawn } from './marks';
import style from './timeline.module.css';

const LANES_AT_MOST = 100;
const CLOCK_HEIGHT = 240;
// How near the pointer must be to an event, pixels.
const NEAR = 8;

export function TimelineCanvas({
  events,
  view,
}: {
  events: readonly AccountEvent[];
  view: 'lanes' | 'clock';
}) {
  const { t, i18n } = useTranslation();
  const palette = usePalette();
  const { ref: box, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<Drawn[]>([]);
  const [near, setNear] = useState<Drawn | null>(null);
  const all = useMemo(() => lanesOf(events), [events]);
  const lanes = all.slice(0, LANES_AT_MOST);
  const height = view === 'lanes' ? lanes.length * LANE_HEIGHT + AXIS : CLOCK_HEIGHT;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || width === 0) {
      return;
    }
    const sharp = window.devicePixelRatio;
    context.canvas.width = width * sharp;
    context.canvas.height = height * sharp;
    context.scale(sharp, sharp);
    const sheet = { context, width, height, palette, language: i18n.language, span: spanOf(events) };
    drawn.current = view === 'lanes' ? drawLanes(sheet, events, lanes) : drawClock(sheet, events);
  });
  return (
    <div ref={box} className={style.box}>
      <div className={style.scroll} tabIndex={0} role="region" aria-label={t('timeline.title')}>
        <canvas
          ref={canvas}
          className={style.canvas}
          style={{ height }}
          role="img"
          aria-label={t('timeline.label', { events: events.length, accounts: all.length })}
          onMouseMove={(event) =>
            setNear(nearest(drawn.current, event.nativeEvent.offsetX, event.nativeEvent.offsetY))
          }
          onMouseLeave={() => setNear(null)}
        />
      </div>
      {all.length > lanes.length && (
        <p className={style.more}>{t('timeline.more_lanes', { count: all.length - lanes.length })}</p>
      )}
      {near !== null && (
        <HoverBox left={Math.min(near.x + 12, width - 260)} top={Math.min(near.y, 250) + 14}>
          <EventWords event={near.event} />
        </HoverBox>
      )}
    </div>
  );
}

function nearest(drawn: readonly Drawn[], x: number, y: number): Drawn | null {
  let best: Drawn | null = null;
  let away = NEAR;
  for (const one of drawn) {
    const distance = Math.hypot(one.x - x, one.y - y);
    if (distance < away) {
      best = one;
      away = distance;
    }
  }
  return best;
}
