import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Case } from '../generated/sameuser/v1/review_pb';
import style from './queue.module.css';
import { QueueRow } from './queue-row';

const ROW_HEIGHT = 52;
const ROWS_BEYOND = 8;
// The next page is asked for while so many rows are still to come.
const ROWS_AHEAD = 30;

interface QueueListProperties {
  cases: readonly Case[];
  current: number;
  selected: ReadonlySet<string>;
  selectable: boolean;
  search: string;
  onSelect: (caseId: string) => void;
  onFocus: (index: number) => void;
  more: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  empty: ReactNode;
  foot: ReactNode;
}

/** Draws the rows in view only, however many there are; pages are fetched as they come near. */
export function QueueList(properties: QueueListProperties) {
  const { cases, current, selected, selectable, search, onSelect, onFocus, more, empty, foot } = properties;
  const { t } = useTranslation();
  const body = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: cases.length,
    getScrollElement: () => body.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: ROWS_BEYOND,
  });
  const drawn = rows.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;
  useEffect(() => {
    // A page may bring few cases or none while there are more behind it.
    if (more.hasNextPage && !more.isFetchingNextPage && last >= cases.length - ROWS_AHEAD) {
      more.fetchNextPage();
    }
  }, [last, cases.length, more]);
  useEffect(() => {
    rows.scrollToIndex(current, { align: 'auto' });
  }, [current, rows]);
  return (
    <div className={style.list}>
      <div
        role="table"
        aria-label={t('queue.title')}
        aria-rowcount={cases.length + 1}
        className={style.list}
        data-bare
      >
        <div role="row" className={style.head}>
          <span role="columnheader">
            <span className="visually-hidden">{t('queue.column.select')}</span>
          </span>
          <span role="columnheader">{t('queue.column.case')}</span>
          <span role="columnheader">{t('queue.column.kind')}</span>
          <span role="columnheader" className={style.amount}>
            {t('queue.column.tokens')}
          </span>
          <span role="columnheader">{t('queue.column.probability')}</span>
          <span role="columnheader">{t('queue.column.clock')}</span>
          <span role="columnheader">{t('queue.column.holder')}</span>
        </div>
        <div ref={body} role="rowgroup" className={style.body} tabIndex={0} aria-label={t('queue.title')}>
          {cases.length === 0 && !more.hasNextPage ? (
            <div role="row">
              <div role="cell">{empty}</div>
            </div>
          ) : (
            <div role="presentation" className={style.tall} style={{ height: rows.getTotalSize() }}>
              {drawn.map((row) => {
                const one = cases[row.index];
                return (
                  one !== undefined && (
                    <QueueRow
                      key={one.caseId}
                      one={one}
                      index={row.index}
                      top={row.start}
                      current={row.index === current}
                      selected={selected.has(one.caseId)}
                      selectable={selectable}
                      search={search}
                      onSelect={onSelect}
                      onFocus={onFocus}
                    />
                  )
                );
              })}
            </div>
          )}
        </div>
      </div>
      <div className={style.foot}>{foot}</div>
    </div>
  );
}
