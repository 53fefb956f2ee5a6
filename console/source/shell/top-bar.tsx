import {
  ActionIcon,
  Menu,
  TextInput,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import {
  IconKeyboard,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSearch,
  IconSun,
  IconUserCircle,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';

import { choose, type Language } from '../language/language';
import { useTerms } from '../language/terms';
import { usePerson } from '../service/signed-in';
import { signOut } from '../service/session';
import style from './shell.module.css';

export function TopBar({ onKeys }: { onKeys: () => void }) {
  const { t } = useTranslation();
  return (
    <header className={style.top}>
      <Find />
      <Tooltip label={t('key.title')}>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('key.title')} onClick={onKeys}>
          <IconKeyboard size={18} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <LanguageSwitch />
      <SchemeSwitch />
      <PersonMenu />
    </header>
  );
}

/** Takes ids only: what is typed in clear belongs on the search screen, which keeps it out of addresses. */
function Find() {
  const { t } = useTranslation();
  const go = useNavigate();
  const [words, setWords] = useState('');
  return (
    <form
      role="search"
      className={style.find}
      onSubmit={(event) => {
        event.preventDefault();
        if (words.trim() !== '') {
          void go(`/search?id=${encodeURIComponent(words.trim())}`);
          setWords('');
        }
      }}
    >
      <TextInput
        id="find"
        size="xs"
        aria-label={t('shell.find')}
        placeholder={t('shell.find')}
        leftSection={<IconSearch size={15} />}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
    </form>
  );
}

function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const other: Language = i18n.language === 'zh' ? 'en' : 'zh';
  return (
    <Tooltip label={t('shell.language')}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t('shell.language')}
        onClick={() => void choose(other)}
      >
        <IconLanguage size={18} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}

function SchemeSwitch() {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  const name = scheme === 'dark' ? t('shell.light') : t('shell.dark');
  return (
    <Tooltip label={name}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={name}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        {scheme === 'dark' ? <IconSun size={18} stroke={1.7} /> : <IconMoon size={18} stroke={1.7} />}
      </ActionIcon>
    </Tooltip>
  );
}

function PersonMenu() {
  const { t } = useTranslation();
  const terms = useTerms();
  const person = usePerson();
  const queries = useQueryClient();
  const leave = async () => {
    await signOut();
    queries.setQueryData(['session'], null);
    // What one person saw is not left for the next.
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  };
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <button type="button" className={style.person}>
          <IconUserCircle size={19} stroke={1.7} aria-hidden />
          <span>{person.name}</span>
          <span className={style.role}>{terms.role(person.role)}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave()}>
          {t('shell.sign_out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
