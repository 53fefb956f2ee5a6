import { defineConfig } from '@playwright/test';

import tests from './playwright.config';

/** Takes a picture of every screen rather than testing it. */
export default defineConfig(tests, { testMatch: 'screenshots.ts' });
