import { NativeSelect, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';

import { CaseKind, CaseOrder, CaseState } from '../generated/sameuser/v1/review_pb';
import { useTerms } from '../language/terms';
import { KINDS, ORDER_NAMES, STATE_NAMES, type QueueFilters } from './queue-filters';
import style from './queue.module.css';

const TYPING_MS = 250;

interface QueueBarProperties {
  filters: QueueFilters;
  set: (name: string, value: string) => void;
}

/** Order and filters; all of them live in the address. */
export function QueueBar({ filters, set }: QueueBarProperties) {
  const { t } = useTranslation();
  const terms = useTerms();
  const setText = useDebouncedCallback((text: string) => set('text', text), TYPING_MS);
  const order = ORDER_NAMES[CASE_ORDERS.indexOf(filters.order)] ?? 'deadline';
  const state = STATE_NAMES[CASE_STATES.indexOf(filters.state)] ?? 'waiting';
  return (
    <div className={style.bar}>
      <SegmentedControl
        size="xs"
        aria-label={t('queue.order.title')}
        value={order}
        data={ORDER_NAMES.map((name) => ({ value: name, label: t(`queue.order.${name}`) }))}
        onChange={(name) => set('order', name === 'deadline' ? '' : name)}
      />
      <span className={style.grow} />
      <TextInput
        size="xs"
        aria-label={t('queue.text')}
        placeholder={t('queue.text')}
        defaultValue={filters.text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <NativeSelect
        size="xs"
        aria-label={t('queue.column.kind')}
        value={String(filters.kind)}
        data={[
          { value: '0', label: t('queue.any_kind') },
          ...KINDS.map((kind) => ({ value: String(kind), label: terms.caseKind(kind) })),
        ]}
        onChange={(event) => {
          const kind = Number(event.currentTarget.value) as CaseKind;
          set('kind', kind === CaseKind.UNSPECIFIED ? '' : CaseKind[kind].toLowerCase());
        }}
      />
      <NativeSelect
        size="xs"
        aria-label={t('queue.state.title')}
        value={state}
        data={STATE_NAMES.map((name) => ({ value: name, label: t(`queue.state.${name}`) }))}
        onChange={(event) =>
          set('state', event.currentTarget.value === 'waiting' ? '' : event.currentTarget.value)
        }
      />
      <Switch
        size="xs"
        label={t('queue.mine')}
        checked={filters.mine}
        onChange={(event) => set('mine', event.currentTarget.checked ? 'yes' : '')}
      />
    </div>
  );
}

// In the order of their names in the address.
const CASE_ORDERS = [CaseOrder.UNSPECIFIED, CaseOrder.TOKENS, CaseOrder.CONFIDENCE, CaseOrder.AGE];
const CASE_STATES = [CaseState.UNSPECIFIED, CaseState.OPEN, CaseState.CLAIMED, CaseState.SNOOZED];
