import cytoscape, { type Core, type EventObject } from 'cytoscape';
import { useEffect, useRef } from 'react';

import { elementsOf } from './elements';
import { graphStyle } from './graph-style';
import type { Palette } from './palette';
import { fit, place } from './place';
import type { Ring } from './ring';
import style from './graph.module.css';

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
  const box = useRef<HTMLDivElement>(null);
  const graph = useRef<Core | null>(null);
  const handlers = useRef(properties);
  useEffect(() => {
    handlers.current = properties;
  });
  useEffect(() => {
    const core = cytoscape({
      container: box.current,
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
    const core = graph.current;
    return core === null ? undefined : show(core, ring, account, () => mark(core, handlers.current.chosen));
  }, [ring, account]);
  useEffect(() => {
    if (graph.current !== null) {
      mark(graph.current, chosen);
    }
  }, [chosen]);
  return <div ref={box} className={style.canvas} role="img" aria-label={label} data-testid="ring" />;
}

/** Brings the drawing in line with the ring; what was placed before stays about where it was. Answers how to
 *  stop it. */
function show(core: Core, ring: Ring, account: string, onShown: () => void): () => void {
  const wanted = elementsOf(ring, account);
  const ids = new Set(wanted.map((one) => one.data.id));
  const gone = core.elements().filter((element) => !ids.has(element.id()));
  const fresh = wanted.filter((one) => core.getElementById(one.data.id ?? '').empty());
  if (gone.empty() && fresh.length === 0) {
    return () => undefined;
  }
  const drawn = core.container();
  // What a person moved in the meantime stays in their view.
  let view = viewOf(core);
  return place(core, wanted, (positions, settled) => {
    core.batch(() => {
      gone.remove();
      core.add(
        fresh.flatMap((one) => {
          const position = positions.get(one.data.id ?? '');
          return core.getElementById(one.data.id ?? '').nonempty()
            ? []
            : [position ? { ...one, position } : one];
        }),
      );
      core.nodes().positions((node) => positions.get(node.id()) ?? node.position());
    });
    onShown();
    if (view === viewOf(core)) {
      fit(core, positions.values());
      view = viewOf(core);
    }
    core.one('render', () => {
      // For who waits for it: tests, and the pictures of screens.
      drawn?.setAttribute('data-drawn', String(core.nodes('[what = "account"]').length));
      drawn?.setAttribute('data-settled', String(settled));
    });
  });
}

function mark(core: Core, chosen: string): void {
  core.elements('.chosen').removeClass('chosen');
  core.getElementById(`a:${chosen}`).addClass('chosen');
}

function viewOf(core: Core): string {
  const { x, y } = core.pan();
  return [core.zoom(), x, y].join(' ');
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
