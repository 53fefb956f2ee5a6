import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RouterProvider } from 'react-router';

import { isPassing } from '../service/failure';
import { sessionQuery } from '../service/session';
import { makeRouter } from './routes';
import { makeTheme } from './theme';

const TRIES_AT_MOST = 2;
const FRESH_FOR_MS = 10_000;

function makeQueries(): QueryClient {
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_FOR_MS,
        retry: (failures, error) => failures < TRIES_AT_MOST && isPassing(error),
        // An analyst compares: numbers change when asked to, not on a click into the window.
        refetchOnWindowFocus: false,
      },
    },
  });
  // Who is signed in is asked while the screen's own chunk is still on its way.
  void queries.query(sessionQuery).catch(() => undefined);
  return queries;
}

export function Application() {
  const [queries] = useState(makeQueries);
  const [router] = useState(makeRouter);
  const { t } = useTranslation();
  const close = t('action.close');
  const theme = useMemo(() => makeTheme(close), [close]);
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      // Both would write a <style> into the page, which the policy forbids; theme.css has the variables.
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" autoClose={8000} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
