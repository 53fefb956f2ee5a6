import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

import { PASSWORD, ROLES } from './store';

export type Role = (typeof ROLES)[number];

export function url(path: string): string {
  return `${process.env['SAMEUSER_CONSOLE_URL'] ?? ''}${path}`;
}

/** Signs in as the person named after the role, on the page they asked for. */
export async function signIn(page: Page, role: Role, path = '/queue', server = url('')): Promise<void> {
  await page.goto(`${server}${path}`);
  await page.getByLabel('Name').fill(role);
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('navigation')).toBeVisible();
}

/** Everything the browser complained of: a policy's violation, a failed request, an error. */
export function complaints(page: Page): string[] {
  const said: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') {
      said.push(message.text());
    }
  });
  page.on('pageerror', (error) => said.push(error.message));
  return said;
}

/** Requests to anywhere but the server itself. */
export function strangers(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(url('/')) && !request.url().startsWith('blob:')) {
      asked.push(request.url());
    }
  });
  return asked;
}

/** Waits until everything that was asked for is there. */
export async function settled(page: Page): Promise<void> {
  // Before the app runs there is nothing to be busy.
  await expect(page.locator('h1, [role=alert]').first()).toBeVisible();
  await expect(page.locator('[aria-busy=true], [role=status]:has-text("Loading")')).toHaveCount(0);
  await expect(page.locator('[data-fetching]')).toHaveCount(0);
}

/** Axe finds nothing serious on the page as it stands. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  const serious = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
  const told = serious.map(
    (one) =>
      `${one.id}: ${one.nodes
        .map((node) => node.html)
        .slice(0, 3)
        .join(' | ')}`,
  );
  // The other screens are looked at all the same.
  expect.soft(told, `axe on ${what}`).toEqual([]);
}
