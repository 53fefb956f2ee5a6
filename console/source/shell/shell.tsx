import { useIsFetching, useQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Outlet, ScrollRestoration } from 'react-router';

import { Failed } from '../parts/failed';
import { sessionQuery } from '../service/session';
import { SignedIn } from '../service/signed-in';
import { SignIn } from '../sign-in/sign-in';
import { Desk } from '../decision/desk';
import { KeySheet } from './key-sheet';
import { Navigation } from './navigation';
import style from './shell.module.css';
import { TopBar } from './top-bar';

/** The frame around every screen; the sign-in stands in its place while nobody is signed in. */
export function Shell() {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  // For who waits until all is there: tests, and the pictures of screens.
  const isFetching = useIsFetching() > 0;
  const [keysShown, setKeysShown] = useState(false);
  if (session.isPending) {
    return <div className={style.blank} aria-busy="true" />;
  }
  if (session.isError) {
    return (
      <main className={style.blank}>
        <Failed error={session.error} retry={() => void session.refetch()} />
      </main>
    );
  }
  if (session.data === null) {
    return <SignIn />;
  }
  return (
    <SignedIn value={session.data}>
      <a className={style.skip} href="#content">
        {t('shell.skip')}
      </a>
      <div className={style.frame} data-fetching={isFetching || undefined}>
        <Navigation />
        <TopBar onKeys={() => setKeysShown(true)} />
        <main id="content" className={style.content} tabIndex={0}>
          <Suspense>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Desk />
      <KeySheet opened={keysShown} setOpened={setKeysShown} />
      <ScrollRestoration />
    </SignedIn>
  );
}
