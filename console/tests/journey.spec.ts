import { expect, test, type Page } from '@playwright/test';

import { complaints, settled, signIn, strangers, url } from './desk';

// One analyst's day, each step on what the one before left behind.
test.describe.configure({ mode: 'serial' });

let page: Page;
let asked: string[];
let said: string[];
let account = '';

test.beforeAll(async ({ browser }) => {
  page = await browser.newPage();
  asked = strangers(page);
  said = complaints(page);
});

test.afterAll(async () => {
  await page.close();
});

test('a wrong password is refused in words', async () => {
  await page.goto(url('/queue'));
  await page.getByLabel('Name').fill('lead');
  await page.getByRole('textbox', { name: 'Password' }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText(/wrong|password/i);
  // The browser itself tells of every 401.
  said.length = 0;
});

test('signs in and takes the top case by keyboard', async () => {
  await signIn(page, 'lead', '/queue?order=tokens');
  const rows = page.getByRole('table', { name: 'Queue' }).getByRole('row');
  await expect(rows.nth(1)).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('c');
  await expect(rows.nth(1)).toContainText('lead');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/cases\/[^?]+\?order=tokens/);
  account = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');
});

test('reads the graph and the waterfall', async () => {
  await settled(page);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(account);
  await expect(page.getByTestId('ring').locator('canvas').first()).toBeVisible();
  await expect(page.getByTestId('ring')).toHaveAttribute('aria-label', /Graph of \d+ accounts/);
  const ring = page.getByRole('region', { name: 'Ring and neighbours' });
  await ring.getByText('Table', { exact: true }).click();
  await expect(ring.getByRole('table')).toContainText(account);
  await ring.getByText('Graph', { exact: true }).click();
  await expect(page.getByRole('region', { name: 'Why one user' })).toBeVisible();
  await expect(page.getByRole('region', { name: /Abuse score/ })).toBeVisible();
  await expect(page.getByRole('img', { name: /events of \d+ accounts/ })).toBeVisible();
});

test('writes a note', async () => {
  await page
    .getByRole('textbox', { name: 'Write a note' })
    .fill('Same handset in turn, all through one night.');
  await page.getByRole('button', { name: 'Add note' }).click();
  await expect(page.getByRole('region', { name: 'Notes' })).toContainText('all through one night');
});

test('previews and disqualifies, and sees the recoveries', async () => {
  await page.keyboard.press('d');
  const dialog = page.getByRole('dialog');
  const sum = dialog.getByTestId('preview-sum');
  await expect(sum).toContainText(/Reaches .*account.* that (was|were) granted/);
  await expect(sum).toContainText(/tokens/);
  const decide = dialog.getByRole('button', { name: 'Disqualify' });
  await expect(decide).toBeDisabled();
  await dialog.getByLabel('Reason').fill('One operator behind all of them.');
  await decide.click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('region', { name: /Earlier decisions/ })).toContainText(
    'One operator behind all',
  );
  await expect
    .poll(
      async () => {
        await page.reload();
        await settled(page);
        return page.getByRole('region', { name: 'Tokens of this user' }).innerText();
      },
      { timeout: 30_000 },
    )
    .toMatch(/Being recovered\s+[1-9]/);
});

test('undoes the decision, and nothing is recovered any more', async () => {
  const decisions = page.getByRole('region', { name: /Earlier decisions/ });
  await decisions.getByRole('button', { name: 'Undo' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('They are a family after all.');
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(decisions).toContainText('undone by lead: They are a family after all.');
  await expect
    .poll(
      async () => {
        await page.reload();
        await settled(page);
        return page.getByRole('region', { name: 'Tokens of this user' }).innerText();
      },
      { timeout: 30_000 },
    )
    .toMatch(/Being recovered\s+0 /);
});

test('takes an appeal down and hears it', async () => {
  await page.goto(url(`/accounts/${account}`));
  await page.getByRole('button', { name: 'Open an appeal' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('The user’s own words').fill('These are my children’s accounts.');
  await dialog.getByRole('button', { name: 'Open an appeal' }).click();
  await expect(dialog).toHaveCount(0);
  await page.getByRole('link', { name: /Appeals/ }).click();
  await expect(page.getByText('These are my children’s accounts.').first()).toBeVisible();
  await expect(page.getByText(/^due /).first()).toBeVisible();
  await page.getByLabel('Reason').fill('Birth certificates were seen.');
  await page.getByRole('button', { name: 'Grant' }).click();
  await expect(page.getByText('No appeal is open')).toBeVisible();
  await page.getByText('Granted', { exact: true }).click();
  await expect(page.getByText('Birth certificates were seen.').first()).toBeVisible();
});

test('publishes a revision after a backtest', async () => {
  await page.getByRole('link', { name: 'Campaigns' }).click();
  await page.getByRole('link', { name: /Kimi Work Desktop/ }).click();
  await page.getByRole('button', { name: 'Change terms' }).click();
  const drawer = page.getByRole('dialog');
  const terms = drawer.getByLabel('Terms', { exact: true });
  const before = await terms.inputValue();
  await terms.fill(before.replace('revoke_probability = 0.9', 'revoke_probability = 0.95'));
  await drawer.getByRole('button', { name: 'Check the terms' }).click();
  await expect(drawer.getByRole('table', { name: 'Differences' })).toContainText('abuse.revoke_probability');
  await drawer.getByRole('button', { name: 'Run' }).click();
  await expect(drawer.getByTestId('backtest-result')).toContainText(/verdicts decided again/, {
    timeout: 60_000,
  });
  await drawer.getByLabel('Reason').fill('Fewer revocations on thin evidence.');
  await drawer.getByRole('button', { name: 'Publish' }).click();
  await expect(drawer).toHaveCount(0);
  await expect(page.getByRole('button', { name: /Revision 2/ })).toBeVisible();
  await page.getByRole('button', { name: /Revision 2/ }).click();
  await expect(page.getByText('+ revoke_probability = 0.95')).toBeVisible();
});

test('suspends the campaign and resumes it', async () => {
  await page.getByRole('button', { name: 'Suspend' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('A fault in billing.');
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('The fault is mended.');
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Suspend', exact: true })).toBeVisible();
});

test('finds all of it in the audit log', async () => {
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByLabel('Only of an account or campaign').fill(account);
  await expect(page.getByRole('table', { name: 'Audit log' })).toContainText(
    'One operator behind all of them.',
  );
});

test('reads what was done in Chinese, too', async () => {
  const chosen = (language: string) =>
    page.evaluate((one) => localStorage.setItem('sameuser.language', one), language);
  await chosen('zh');
  await page.goto(url('/audit'));
  const log = page.getByRole('table', { name: '审计日志' });
  await expect(log).toContainText('第 3 版，已暂停：A fault in billing.');
  await expect(log).toContainText(/追回 j\d+（裁定 v\d+），/);
  await chosen('en');
  await page.goto(url('/audit'));
  await expect(page.getByRole('table', { name: 'Audit log' })).toContainText('revision 3, suspended:');
});

test('searches for a phone in clear, which stays out of the address', async () => {
  await page.getByRole('link', { name: 'Search' }).click();
  await page.getByLabel('Search by').selectOption('phone');
  await page.getByRole('textbox', { name: 'Phone number' }).fill('+8613800138000');
  await page.getByRole('main').getByRole('button', { name: 'Search' }).click();
  await settled(page);
  await expect(page.getByText('Nothing found').or(page.getByRole('listitem').first())).toBeVisible();
  expect(page.url()).not.toContain('13800138000');
});

test('signs out', async () => {
  await page.getByRole('button', { name: /lead/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('asked nobody else for anything, and the browser had nothing to complain of', () => {
  expect(asked).toEqual([]);
  expect(said.filter((words) => !words.includes('401'))).toEqual([]);
});
