import { expect, test } from '@playwright/test';

import { signIn } from './desk';
import { ringAccount, serveLarge } from './large';

/** Enough for many pages of the queue; how fast it is at the numbers is `npm run paint`. */
const CASES = 3000;
/** The most accounts that the graph draws. */
const DRAWN = 500;

let server: Awaited<ReturnType<typeof serveLarge>>;

test.beforeAll(async () => {
  test.setTimeout(300_000);
  server = await serveLarge(CASES);
});

test.afterAll(() => server.stop());

test('a long queue draws what is in view, however far one scrolls', async ({ page }) => {
  await signIn(page, 'lead', '/queue', server.url);
  const rows = page.getByRole('table', { name: 'Queue' }).getByRole('link');
  await expect(rows.first()).toBeVisible();
  await expect(page.getByText(`${CASES.toLocaleString('en')} cases`).first()).toBeVisible();
  const first = await rows.first().innerText();
  for (let turn = 0; turn < 20; turn += 1) {
    await page.mouse.move(700, 500);
    await page.mouse.wheel(0, 4000);
    await page.waitForTimeout(50);
  }
  await expect(rows.first()).not.toHaveText(first);
  expect(await rows.count()).toBeLessThan(60);
});

test('a ring of hundreds of accounts is drawn whole, and says what it leaves out', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, 'lead', `/cases/${ringAccount(0)}`, server.url);
  const ring = page.getByTestId('ring');
  await expect(ring).toHaveAttribute('data-drawn', '50');
  await page.getByLabel('Accounts drawn').selectOption(String(DRAWN));
  await expect(ring).toHaveAttribute('data-drawn', String(DRAWN), { timeout: 60_000 });
  await expect(ring).toHaveAttribute('data-settled', 'true', { timeout: 60_000 });
  await expect(ring).toHaveAttribute('aria-label', new RegExp(`Graph of ${DRAWN} accounts`));
  await expect(page.getByText('more than is shown', { exact: false }).first()).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(/ring of \d{3} accounts/);
});
