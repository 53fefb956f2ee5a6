import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { test } from '@playwright/test';

import { settled, signIn, url } from './desk';
import { SCREENS } from './screens';

const FOLDER = resolve('../target/screenshots');
// Layouts and fonts come to rest: a picture has no way to tell.
const REST_MS = 400;

for (const language of ['en', 'zh'] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`every screen, ${language}, ${scheme}`, async ({ browser }) => {
      test.setTimeout(600_000);
      mkdirSync(FOLDER, { recursive: true });
      const page = await browser.newPage({ colorScheme: scheme, viewport: { width: 1280, height: 860 } });
      await page.goto(url('/queue'));
      await page.evaluate((chosen) => localStorage.setItem('sameuser.language', chosen), 'en');
      await signIn(page, 'lead');
      await page.evaluate((chosen) => localStorage.setItem('sameuser.language', chosen), language);
      for (const [name, open] of SCREENS) {
        await open(page);
        await page.waitForTimeout(REST_MS);
        await page.screenshot({ path: `${FOLDER}/${name}-${scheme}-${language}.png` });
        const content = page.locator('#content');
        if ((await page.getByRole('dialog').count()) === 0) {
          // What is below the fold, in a second picture.
          const tall = await content.evaluate((place) => place.scrollHeight);
          if (tall > 900) {
            await page.setViewportSize({ width: 1280, height: Math.min(4000, tall + 48) });
            await page.waitForTimeout(REST_MS);
            await page.screenshot({ path: `${FOLDER}/${name}-whole-${scheme}-${language}.png` });
            await page.setViewportSize({ width: 1280, height: 860 });
          }
        }
      }
      const out = await browser.newPage({ colorScheme: scheme, viewport: { width: 1280, height: 860 } });
      await out.goto(url('/queue'));
      await out.evaluate((chosen) => localStorage.setItem('sameuser.language', chosen), language);
      await out.reload();
      await settled(out);
      await out.screenshot({ path: `${FOLDER}/sign-in-${scheme}-${language}.png` });
      await out.close();
      await page.close();
    });
  }
}
