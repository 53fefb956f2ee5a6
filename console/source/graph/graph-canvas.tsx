import cytoscape, { type Core, type EventObject, type LayoutOptions } from 'cytoscape';
import fcose from 'cytoscape-fcose';
import { useEffect, useRef } from 'react';

import { elementsOf } from './elements';
import { graphStyle } from './graph-style';
import type { Palette } from './palette';
import type { Ring } from './ring';
import style from './graph.module.css';

cytoscape.use(fcose);

// Past so many nodes the spectral draft alone is drawn: forces would take seconds.
const FORCES_UP_TO = 160;
// A fifth of the layout's own: what more of them move can't be seen.
const ITERATIONS = 500;
// Leaves room for the legend.
const PADDING = 44;

/** What the pointer is on: an element's id and where on the canvas. */
export interface Hover {
  id: string;
  x: number;
  y: number;
}

interface GraphCanvasProperties {
  ring: Ring;
  account: string;
  chosen: string;
  palette: Palette;
  label: string;
  onAccount: (account: string) => void;
  onExpand: (account: string) => void;
  onPair: (key: string) => void;
  onIdentifier: (number: number) => void;
  onHover: (hover: Hover | null) => void;
}

/** The ring, drawn by Cytoscape; React only hands it what changed. */
export function GraphCanvas(properties: GraphCanvasProperties) {
  const { ring, account, chosen, palette, label } = properties;
  const place = useRef<HTMLDivElement>(null);
  const graph = useRef<Core | null>(null);
  const handlers = useRef(properties);
  useEffect(() => {
    handlers.current = properties;
  });
  useEffect(() => {
    const core = cytoscape({
      container: place.current,
      minZoom: 0.08,
      maxZoom: 4,
      // At 500 accounts the frame rate counts more than lines while moving.
      hideEdgesOnViewport: true,
      textureOnViewport: true,
      boxSelectionEnabled: false,
    });
    listen(core, handlers);
    graph.current = core;
    return () => {
      core.destroy();
      graph.current = null;
    };
  }, []);
  useEffect(() => {
    if (graph.current !== null) {
      // Cytoscape takes the whole style at once.
      graph.current.style(graphStyle(palette));
    }
  }, [palette]);
  useEffect(() => {
    if (graph.current !== null) {
      show(graph.current, ring, account);
    }
  }, [ring, account]);
  useEffect(() => {
    const core = graph.current;
    core?.elements('.chosen').removeClass('chosen');
    core?.getElementById(`a:${chosen}`).addClass('chosen');
  }, [chosen, ring]);
  return <div ref={place} className={style.canvas} role="img" aria-label={label} data-testid="ring" />;
}

/** Brings the drawing in line with the ring; what was placed before stays about where it was. */
function show(core: Core, ring: Ring, account: string): void {
  const wanted = elementsOf(ring, account);
  const ids = new Set(wanted.map((one) => one.data.id));
  const first = core.elements().empty();
  const gone = core.elements().filter((element) => !ids.has(element.id()));
  const fresh = wanted.filter((one) => core.getElementById(one.data.id ?? '').empty());
  core.batch(() => {
    gone.remove();
    core.add(fresh);
  });
  if (gone.nonempty() || fresh.length > 0) {
    core.layout(layoutOf(core.nodes().length, first)).run();
  }
}

function layoutOf(nodes: number, first: boolean): LayoutOptions {
  const draft = nodes > FORCES_UP_TO;
  const options = {
    name: 'fcose',
    quality: draft ? 'draft' : 'default',
    randomize: first || draft,
    animate: false,
    numIter: ITERATIONS,
    padding: PADDING,
    nodeSeparation: 110,
    idealEdgeLength: 85,
    nodeRepulsion: 6500,
    packComponents: true,
  };
  // The extension's own options are unknown to the type of the core's layouts.
  return options;
}

function listen(core: Core, handlers: React.RefObject<GraphCanvasProperties>): void {
  core.on('tap', 'node, edge', (event: EventObject) => {
    const id = (event.target as { id: () => string }).id();
    const { onAccount, onPair, onIdentifier } = handlers.current;
    if (id.startsWith('a:')) {
      onAccount(id.slice(2));
    } else if (id.startsWith('e:')) {
      core.elements('edge.chosen').removeClass('chosen');
      core.getElementById(id).addClass('chosen');
      onPair(id.slice(2));
    } else if (id.startsWith('i:')) {
      onIdentifier(Number(id.slice(2)));
    }
  });
  core.on('dbltap', 'node[what = "account"]', (event: EventObject) => {
    handlers.current.onExpand((event.target as { id: () => string }).id().slice(2));
  });
  core.on('mouseover', 'node, edge', (event: EventObject) => {
    const target = event.target as { id: () => string; addClass: (name: string) => void };
    target.addClass('hovered');
    handlers.current.onHover({ id: target.id(), ...event.renderedPosition });
  });
  core.on('mouseout', 'node, edge', (event: EventObject) => {
    (event.target as { removeClass: (name: string) => void }).removeClass('hovered');
    handlers.current.onHover(null);
  });
  core.on('pan zoom', () => handlers.current.onHover(null));
}
