import type { StylesheetJson } from 'cytoscape';

import type { Palette } from './palette';

/** A shape a class of identifier: how many people may stand behind it. */
export const SHAPES = {
  personal: 'round-rectangle',
  household: 'pentagon',
  'small group': 'heptagon',
  'shared place': 'hexagon',
  'carrier NAT': 'octagon',
  farm: 'star',
  'data centre or proxy': 'diamond',
  'faulty id': 'vee',
} as const;

// Smaller letters than these on the screen are left out.
const LEGIBLE = 8;

export function graphStyle(palette: Palette): StylesheetJson {
  return [...nodes(palette), ...edges(palette), ...states(palette)];
}

function nodes(palette: Palette): StylesheetJson {
  return [
    {
      selector: 'node',
      style: {
        label: 'data(label)',
        color: palette.ink,
        'font-size': 10,
        'min-zoomed-font-size': LEGIBLE,
        'text-valign': 'bottom',
        'text-margin-y': 3,
        'text-background-color': palette.surface,
        'text-background-opacity': 0.75,
        'text-background-padding': '1px',
      },
    },
    {
      selector: 'node[what = "account"]',
      style: {
        width: 26,
        height: 26,
        'background-color': palette.calm,
        'border-width': 2,
        'border-color': palette.surface,
      },
    },
    { selector: 'node[risk = "middle"]', style: { 'background-color': palette.warn } },
    { selector: 'node[risk = "high"]', style: { 'background-color': palette.bad } },
    {
      selector: 'node[home = "no"]',
      style: {
        'background-opacity': 0.4,
        'border-color': palette['line-strong'],
        color: palette['ink-soft'],
      },
    },
    {
      selector: 'node[what = "identifier"]',
      style: {
        width: 16,
        height: 16,
        'background-color': palette.other,
        shape: 'ellipse',
        'font-size': 9,
        color: palette['ink-soft'],
      },
    },
    { selector: 'node[kind = "phone"]', style: { 'background-color': palette.phone } },
    { selector: 'node[kind = "device"]', style: { 'background-color': palette.device } },
    { selector: 'node[kind ^= "ip"]', style: { 'background-color': palette.address } },
    ...Object.entries(SHAPES).map(([name, shape]) => ({
      selector: `node[class = "${name}"]`,
      style: { shape },
    })),
  ];
}

function edges(palette: Palette): StylesheetJson {
  return [
    {
      selector: 'edge[what = "link"]',
      style: { width: 1, 'line-color': palette['line-strong'], 'curve-style': 'haystack' },
    },
    { selector: 'edge[unbound = "yes"]', style: { 'line-style': 'dashed', 'curve-style': 'straight' } },
    {
      selector: 'edge[what = "evidence"]',
      style: {
        width: 'data(width)',
        'line-color': palette.accent,
        'line-opacity': 0.45,
        // A straight line from middle to middle, by the way that is drawn fastest.
        'curve-style': 'haystack',
        'haystack-radius': 0,
      },
    },
    { selector: 'edge[blame = "yes"]', style: { 'line-opacity': 0.8 } },
    { selector: 'edge[bridge = "yes"]', style: { 'line-color': palette.warn, 'line-opacity': 1 } },
  ];
}

function states(palette: Palette): StylesheetJson {
  return [
    {
      selector: 'node.chosen',
      style: { 'border-color': palette.ink, 'border-width': 3, 'border-opacity': 1 },
    },
    { selector: 'edge.chosen', style: { 'line-color': palette.ink, 'line-opacity': 1 } },
    {
      selector: '.hovered',
      style: { 'overlay-color': palette.accent, 'overlay-opacity': 0.15, 'overlay-padding': 4 },
    },
  ];
}
