import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from 'd3-force';

/** A graph to be laid out, by places in these lists alone. */
export interface Unplaced {
  /** x and y of every node; not a number where it was nowhere yet. */
  places: Float64Array;
  /** Both ends of every link. */
  ends: Uint32Array;
  /** As many: 1 for the use of an identifier, less for evidence, which would draw a ring into one clot. */
  strengths: Float64Array;
}

/** The layout of one turn: the first is a draft, so that something stands there at once. */
export interface Placed {
  turn: number;
  places: Float64Array;
  settled: boolean;
}

export type Layout = Simulation<SimulationNodeDatum, SimulationLinkDatum<SimulationNodeDatum>>;

const LINK_LENGTH = 62;
const REPULSION = -260;
// Beyond it two nodes leave each other alone: parts that nothing joins stay in sight of each other.
const REPELS_WITHIN = 520;
const TO_THE_MIDDLE = 0.06;
const ROOM_OF_A_NODE = 19;
// What is placed already moves a little only.
const WARM = 0.3;
/** The layout ends after so many steps; the draft after so few. */
export const STEPS = 260;
export const STEPS_OF_A_DRAFT = 50;

/** A layout that has not made a step. */
export function begin({ places, ends, strengths }: Unplaced): Layout {
  const nodes: SimulationNodeDatum[] = [];
  for (let index = 0; index < places.length; index += 2) {
    const [x = NaN, y = NaN] = places.subarray(index, index + 2);
    nodes.push(Number.isNaN(x) ? {} : { x, y });
  }
  const links: (SimulationLinkDatum<SimulationNodeDatum> & { strength: number })[] = [];
  for (let index = 0; index < strengths.length; index += 1) {
    links.push({
      source: ends[2 * index] ?? 0,
      target: ends[2 * index + 1] ?? 0,
      strength: strengths[index] ?? 0,
    });
  }
  const degrees = new Uint32Array(nodes.length);
  for (const end of ends) {
    degrees[end] = (degrees[end] ?? 0) + 1;
  }
  // The library's own rule, weighed: what hangs on one line follows it, a hub is not torn about.
  const pull = (link: (typeof links)[number], index: number) =>
    link.strength /
    Math.max(1, Math.min(degrees[ends[2 * index] ?? 0] ?? 1, degrees[ends[2 * index + 1] ?? 0] ?? 1));
  const isWarm = nodes.some((node) => node.x !== undefined);
  return forceSimulation(nodes)
    .alpha(isWarm ? WARM : 1)
    .alphaDecay(1 - 0.001 ** (1 / STEPS))
    .force('link', forceLink(links).distance(LINK_LENGTH).strength(pull))
    .force('repulsion', forceManyBody().strength(REPULSION).distanceMax(REPELS_WITHIN))
    .force('x', forceX().strength(TO_THE_MIDDLE))
    .force('y', forceY().strength(TO_THE_MIDDLE))
    .force('room', forceCollide(ROOM_OF_A_NODE))
    .stop();
}

/** Where the nodes are by now. */
export function placesOf(layout: Layout): Float64Array {
  return Float64Array.from(layout.nodes().flatMap(({ x = 0, y = 0 }) => [x, y]));
}
