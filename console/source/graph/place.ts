import type { Core, ElementDefinition } from 'cytoscape';

import type { Placed, Unplaced } from './layout';

// Leaves room for the legend.
const PADDING = 44;
const ZOOM_AT_MOST = 1.6;
const EVIDENCE_PULLS = 0.12;

// One for the app, there before the first ring is.
const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
let turn = 0;

/** Lays elements out and shows them: a draft at once, then how they settled. Answers how to stop it. */
export function place(
  core: Core,
  wanted: readonly ElementDefinition[],
  show: (positions: ReadonlyMap<string, { x: number; y: number }>, settled: boolean) => void,
): () => void {
  turn += 1;
  const own = turn;
  const nodes = wanted.filter((one) => one.group === 'nodes').map((one) => one.data.id ?? '');
  const hear = ({ data }: MessageEvent<Placed>) => {
    if (data.turn === own) {
      const at = (index: number) => ({ x: data.places[2 * index] ?? 0, y: data.places[2 * index + 1] ?? 0 });
      show(new Map(nodes.map((id, index) => [id, at(index)])), data.settled);
    }
  };
  worker.addEventListener('message', hear);
  worker.postMessage({ turn: own, ...unplaced(core, nodes, wanted) });
  return () => worker.removeEventListener('message', hear);
}

function unplaced(core: Core, nodes: readonly string[], wanted: readonly ElementDefinition[]): Unplaced {
  const numbers = new Map(nodes.map((id, index) => [id, index]));
  const places = nodes.flatMap((id) => {
    const known = core.getElementById(id);
    return known.empty() ? [NaN, NaN] : [known.position().x, known.position().y];
  });
  const edges = wanted.filter((one) => one.group === 'edges').map(({ data }) => data);
  const number = (id: unknown) => numbers.get(String(id)) ?? 0;
  return {
    places: Float64Array.from(places),
    ends: Uint32Array.from(edges.flatMap((edge) => [number(edge['source']), number(edge['target'])])),
    strengths: Float64Array.from(edges.map((edge) => (edge['what'] === 'link' ? 1 : EVIDENCE_PULLS))),
  };
}

/** Brings all of it into view. By the nodes' places alone: the library would measure every label for it. */
export function fit(core: Core, positions: Iterable<{ x: number; y: number }>): void {
  const all = [...positions];
  const [xs, ys] = [all.map(({ x }) => x), all.map(({ y }) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [width, height] = [core.width() - 2 * PADDING, core.height() - 2 * PADDING];
  const zoom = Math.min(ZOOM_AT_MOST, width / Math.max(1, right - left), height / Math.max(1, bottom - top));
  core.viewport({
    zoom,
    pan: {
      x: core.width() / 2 - (zoom * (left + right)) / 2,
      y: core.height() / 2 - (zoom * (top + bottom)) / 2,
    },
  });
}
