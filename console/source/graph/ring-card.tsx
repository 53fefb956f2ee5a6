import { Button, NativeSelect, SegmentedControl, Switch } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';

import { neighbourhoodQuery } from '../case/case-queries';
import { lookedAtFirst } from '../case/evidence-pairs';
import { grouped } from '../format/tokens';
import type { Evidence, GetNeighbourhoodResponse } from '../generated/sameuser/v1/review_pb';
import { Answer } from '../parts/answer';
import { Card, CardFoot } from '../parts/card';
import { Loading } from '../parts/loading';
import type { Hover } from './graph-canvas';
import { GraphHover } from './graph-hover';
import { GraphLegend } from './graph-legend';
import style from './graph.module.css';
import { usePalette } from './palette';
import {
  ACCOUNTS_AT_MOST,
  DRAWN_FIRST,
  emptyRing,
  EXPANDED_BY,
  joined,
  withoutLoners,
  type Ring,
} from './ring';
import { RingTable } from './ring-table';

// The library that draws is most of the screen's weight: it comes beside the answers, not before them.
const load = () => import('./graph-canvas');
const GraphCanvas = lazy(async () => ({ default: (await load()).GraphCanvas }));

const SIZES = [DRAWN_FIRST, 100, 200, ACCOUNTS_AT_MOST] as const;

interface RingCardProperties {
  account: string;
  chosen: string;
  /** An account was chosen; with the strongest evidence that links it to another one here. */
  onAccount: (account: string, strongest: Evidence | undefined) => void;
  onPair: (evidence: Evidence) => void;
}

/** The ring of accounts as a graph, and as a table for who can't see it. */
export function RingCard(properties: RingCardProperties) {
  const { t } = useTranslation();
  const { account, chosen } = properties;
  const queries = useQueryClient();
  const [size, setSize] = useState<number>(SIZES[0]);
  const [view, setView] = useState<'graph' | 'table'>('graph');
  const [loners, setLoners] = useState(false);
  const [expanded, setExpanded] = useState<readonly GetNeighbourhoodResponse[]>([]);
  const first = useQuery(neighbourhoodQuery(account, size));
  useEffect(() => {
    void load();
  }, []);
  const expand = async (id: string) => {
    const answer = await queries.query(neighbourhoodQuery(id, EXPANDED_BY));
    setExpanded((before) => [...before, answer]);
  };
  return (
    <Card
      title={t('graph.title')}
      flush
      aside={
        <>
          <Switch
            size="xs"
            label={t('graph.loners')}
            checked={loners}
            onChange={(event) => setLoners(event.currentTarget.checked)}
          />
          <NativeSelect
            size="xs"
            aria-label={t('graph.size')}
            value={String(size)}
            data={SIZES.map((most) => ({ value: String(most), label: t('graph.at_most', { count: most }) }))}
            onChange={(event) => setSize(Number(event.currentTarget.value))}
          />
          <SegmentedControl
            size="xs"
            aria-label={t('graph.view')}
            value={view}
            data={[
              { value: 'graph', label: t('graph.graph') },
              { value: 'table', label: t('graph.table') },
            ]}
            onChange={(name) => setView(name)}
          />
        </>
      }
    >
      <div className={style.stage}>
        <Answer query={first} lines={8}>
          {(answer) => (
            <Drawn
              {...properties}
              answer={answer}
              expanded={expanded}
              loners={loners}
              view={view}
              onExpand={(id) => void expand(id)}
            />
          )}
        </Answer>
      </div>
      <CardFoot>
        <span>{t('graph.hint')}</span>
        <Button size="compact-xs" variant="default" onClick={() => void expand(chosen)}>
          {t('graph.expand', { account: chosen })}
        </Button>
      </CardFoot>
    </Card>
  );
}

interface DrawnProperties extends RingCardProperties {
  answer: GetNeighbourhoodResponse;
  expanded: readonly GetNeighbourhoodResponse[];
  loners: boolean;
  view: 'graph' | 'table';
  onExpand: (account: string) => void;
}

function Drawn(properties: DrawnProperties) {
  const { answer, expanded, loners, view, account, chosen, onAccount, onExpand, onPair } = properties;
  const { t } = useTranslation();
  const go = useNavigate();
  const palette = usePalette();
  const [hover, setHover] = useState<Hover | null>(null);
  const whole: Ring = useMemo(() => [answer, ...expanded].reduce(joined, emptyRing()), [answer, expanded]);
  const ring = useMemo(() => (loners ? whole : withoutLoners(whole)), [whole, loners]);
  const choose = (id: string) => onAccount(id, lookedAtFirst([...whole.evidence.values()], id));
  const pick = (key: string) => {
    const evidence = ring.evidence.get(key);
    if (evidence !== undefined) {
      onPair(evidence);
    }
  };
  const label = t('graph.label', {
    accounts: ring.accounts.size,
    identifiers: ring.identifiers.size,
    links: ring.evidence.size,
  });
  const open = (number: number) => {
    const identifier = ring.identifiers.get(number);
    if (identifier !== undefined) {
      void go(
        `/identifiers/${encodeURIComponent(identifier.tag)}?kind=${encodeURIComponent(identifier.kind)}`,
      );
    }
  };
  if (view === 'table') {
    return <RingTable ring={whole} chosen={chosen} onAccount={choose} onExpand={onExpand} />;
  }
  return (
    <>
      <Suspense fallback={<Loading lines={8} />}>
        <GraphCanvas
          ring={ring}
          account={account}
          chosen={chosen}
          palette={palette}
          label={label}
          onAccount={choose}
          onExpand={onExpand}
          onPair={pick}
          onIdentifier={open}
          onHover={setHover}
        />
      </Suspense>
      {hover !== null && <GraphHover ring={ring} hover={hover} />}
      <GraphLegend ring={ring} />
      <RingCount ring={ring} />
    </>
  );
}

function RingCount({ ring }: { ring: Ring }) {
  const { t, i18n } = useTranslation();
  return (
    <div className={style.count}>
      {t('graph.count', {
        accounts: grouped(ring.accounts.size, i18n.language),
        identifiers: grouped(ring.identifiers.size, i18n.language),
      })}
      {ring.truncated && <strong> · {t('graph.truncated')}</strong>}
    </div>
  );
}
