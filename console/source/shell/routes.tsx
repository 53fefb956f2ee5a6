import { createBrowserRouter, Navigate } from 'react-router';

import { Crash } from './crash';
import { Shell } from './shell';

/** Every screen is a chunk of its own: graphs and charts come with the first screen that draws one. */
export function makeRouter() {
  return createBrowserRouter([
    {
      path: '/',
      Component: Shell,
      ErrorBoundary: Crash,
      HydrateFallback: () => null,
      children: [
        { index: true, element: <Navigate to="/queue" replace /> },
        { path: 'queue', lazy: async () => ({ Component: (await import('../queue/queue')).Queue }) },
        {
          path: 'cases/:account',
          lazy: async () => ({ Component: (await import('../case/case')).CasePage }),
        },
        {
          path: 'accounts/:id',
          lazy: async () => ({ Component: (await import('../account/account')).AccountPage }),
        },
        {
          path: 'identifiers/:tag',
          lazy: async () => ({ Component: (await import('../account/identifier')).IdentifierPage }),
        },
        { path: 'search', lazy: async () => ({ Component: (await import('../search/search')).SearchPage }) },
        { path: 'appeals', lazy: async () => ({ Component: (await import('../appeal/appeals')).Appeals }) },
        {
          path: 'restrictions',
          lazy: async () => ({ Component: (await import('../restriction/restrictions')).Restrictions }),
        },
        {
          path: 'campaigns',
          lazy: async () => ({ Component: (await import('../campaign/campaigns')).Campaigns }),
        },
        {
          path: 'campaigns/:id',
          lazy: async () => ({ Component: (await import('../campaign/campaign')).CampaignPage }),
        },
        { path: 'model', lazy: async () => ({ Component: (await import('../model/model')).ModelPage }) },
        {
          path: 'overview',
          lazy: async () => ({ Component: (await import('../overview/overview')).OverviewPage }),
        },
        { path: 'audit', lazy: async () => ({ Component: (await import('../audit/audit')).AuditLog }) },
        { path: '*', lazy: async () => ({ Component: (await import('./nowhere')).Nowhere }) },
      ],
    },
  ]);
}
