import { defineConfig } from '@playwright/test';

import tests from './playwright.config';

/** Measures how fast a large queue and a large ring are painted: on a store of its own, and without a trace, which
 *  would cost more than what is measured. */
export default defineConfig({
  ...tests,
  globalSetup: [],
  testMatch: 'paint.ts',
  use: { ...tests.use, trace: 'off' },
});
