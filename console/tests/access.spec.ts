import { expect, test } from '@playwright/test';

import { expectAccessible, settled, signIn, url } from './desk';
import { SCREENS, takeCase } from './screens';

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious on any screen, ${scheme}`, async ({ browser }) => {
    test.setTimeout(300_000);
    const context = await browser.newContext({ colorScheme: scheme });
    const page = await context.newPage();
    await page.goto(url('/queue'));
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
    await expectAccessible(page, 'sign-in');
    await signIn(page, 'lead');
    for (const [name, open] of SCREENS) {
      await open(page);
      await expectAccessible(page, `${name}, ${scheme}`);
    }
    await context.close();
  });
}

test('roles hide what one may not do', async ({ browser }) => {
  const seen: Record<string, boolean[]> = {};
  for (const role of ['analyst', 'lead', 'administrator', 'auditor'] as const) {
    const page = await browser.newPage();
    await signIn(page, role, '/queue?order=tokens');
    await takeCase(page);
    const decides = await page.getByRole('button', { name: 'Disqualify' }).isVisible();
    await page.goto(url('/campaigns/kimi-work-desktop-2026-06'));
    await settled(page);
    seen[role] = [decides, await page.getByRole('button', { name: 'Change terms' }).isVisible()];
    await page.close();
  }
  expect(seen).toEqual({
    analyst: [true, false],
    lead: [true, true],
    administrator: [false, true],
    auditor: [false, false],
  });
});
