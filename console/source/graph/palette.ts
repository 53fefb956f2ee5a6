import { useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';

const NAMES = [
  'surface',
  'sunken',
  'line',
  'line-strong',
  'ink',
  'ink-soft',
  'accent',
  'accent-soft',
  'good',
  'warn',
  'bad',
  'calm',
  'phone',
  'device',
  'address',
  'other',
] as const;

export type Palette = Record<(typeof NAMES)[number], string>;

/** The theme's colours for what is drawn on a canvas, which can't read variables. */
export function usePalette(): Palette {
  const scheme = useComputedColorScheme('light');
  return useMemo(() => readPalette(scheme), [scheme]);
}

function readPalette(scheme: 'light' | 'dark'): Palette {
  // The attribute that switches the variables may be set only after this: it is set here all the same.
  document.documentElement.dataset['mantineColorScheme'] = scheme;
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as Palette;
}
