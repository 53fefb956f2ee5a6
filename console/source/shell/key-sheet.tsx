import { Kbd, Modal } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';

import style from './shell.module.css';

const SHEET = [
  [
    'queue',
    [
      ['j', 'next'],
      ['k', 'previous'],
      ['Enter', 'open'],
      ['x', 'select'],
      ['c', 'claim'],
      ['s', 'snooze'],
      ['n', 'skip'],
      ['Esc', 'deselect'],
    ],
  ],
  [
    'case',
    [
      ['c', 'claim'],
      ['s', 'snooze'],
      ['n', 'skip'],
      ['d', 'disqualify'],
      ['l', 'clear'],
      ['u', 'back'],
    ],
  ],
  [
    'anywhere',
    [
      ['/', 'find'],
      ['?', 'sheet'],
    ],
  ],
] as const;

/** Every key and what it does; `?` opens it. */
export function KeySheet({ opened, setOpened }: { opened: boolean; setOpened: (opened: boolean) => void }) {
  const { t } = useTranslation();
  useHotkeys([
    // The sheet's key is `?` wherever the keyboard puts it.
    ['?', () => setOpened(true), { usePhysicalKeys: false }],
    ['shift+?', () => setOpened(true)],
    ['/', () => document.getElementById('find')?.focus()],
  ]);
  return (
    <Modal opened={opened} onClose={() => setOpened(false)} title={t('key.title')} size="lg">
      <div className={style.keys}>
        {SHEET.map(([place, keys]) => [
          <h3 key={place}>{t(`key.${place}`)}</h3>,
          ...keys.map(([key, action]) => (
            <div key={place + key} className={style.key}>
              <span>{t(`key.does.${action}`)}</span>
              <Kbd>{key}</Kbd>
            </div>
          )),
        ])}
      </div>
    </Modal>
  );
}
