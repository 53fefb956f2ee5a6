import 'uplot/dist/uPlot.min.css';

import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';

import { usePalette, type Palette } from '../graph/palette';
import style from './chart.module.css';

export interface Series {
  name: string;
  colour: keyof Palette;
  values: readonly (number | null)[];
}

interface ChartProperties {
  /** What the chart is, for who hears it. */
  label: string;
  /** Seconds since the epoch. */
  at: readonly number[];
  /** Drawn as bars on top of each other, the first at the bottom. */
  series: readonly Series[];
  height?: number;
  language: string;
  format: (value: number) => string;
}

/** Bars by hour, stacked. */
export function HourChart(properties: ChartProperties) {
  const { label, series, height = 180 } = properties;
  const { ref: box, width } = useElementSize();
  const place = useRef<HTMLDivElement>(null);
  const palette = usePalette();
  useEffect(() => {
    if (place.current === null || width === 0) {
      return;
    }
    const chart = new uPlot(
      optionsOf(properties, palette, width, height),
      stacked(properties),
      place.current,
    );
    return () => chart.destroy();
  }, [properties, palette, width, height]);
  return (
    <figure ref={box} className={style.figure} aria-label={label}>
      <div ref={place} role="img" aria-label={label} style={{ height }} />
      <figcaption className={style.legend}>
        {series.map((one) => (
          <span key={one.name}>
            <span className={style.swatch} style={{ background: palette[one.colour] }} />
            {one.name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** The tallest first, so that each covers the part of the one before that belongs to it. */
function stacked({ at, series }: ChartProperties): uPlot.AlignedData {
  const sums = series.map((_, last) =>
    at.map((_, index) => series.slice(0, last + 1).reduce((sum, one) => sum + (one.values[index] ?? 0), 0)),
  );
  return [[...at], ...sums.toReversed()];
}

const HOUR_SECONDS = 3600;
const BAR_SHARE = 0.7;
const BAR_AT_MOST = 40;

function optionsOf(
  properties: ChartProperties,
  palette: Palette,
  width: number,
  height: number,
): uPlot.Options {
  const { series, language, format, at } = properties;
  const axis: uPlot.Axis = {
    stroke: palette['ink-soft'],
    grid: { stroke: palette.line, width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  const days = at.length > 48;
  const words = new Intl.DateTimeFormat(
    language,
    days ? { month: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  );
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_, low, high) => [low - HOUR_SECONDS / 2, high + HOUR_SECONDS / 2] },
      y: { range: (_, __, high) => [0, Math.max(1, high * 1.08)] },
    },
    axes: [
      { ...axis, size: 26, values: (_, ticks) => ticks.map((tick) => words.format(tick * 1000)) },
      { ...axis, size: 58, values: (_, ticks) => ticks.map((tick) => (tick % 1 === 0 ? format(tick) : '')) },
    ],
    series: [
      {},
      ...series.toReversed().map((one) => ({
        label: one.name,
        fill: palette[one.colour],
        stroke: palette[one.colour],
        width: 0,
        points: { show: false },
        ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [BAR_SHARE, BAR_AT_MOST] }) }),
      })),
    ],
  };
}
