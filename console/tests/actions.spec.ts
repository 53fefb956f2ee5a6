import { expect, test, type Page } from '@playwright/test';

import { signIn } from './desk';
import { takeCase } from './screens';

// Everything that can be decided shows whom it reaches before it is made, and asks for a reason.

async function openTopCase(page: Page): Promise<void> {
  await signIn(page, 'lead', '/queue?order=tokens');
  // A ring: there is a pair to take apart.
  await takeCase(page, / more$/);
}

async function expectPreviewAndReason(page: Page, verb: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByTestId('preview-sum')).toContainText(/tokens/);
  const decide = dialog.getByRole('button', { name: verb, exact: true });
  await expect(decide).toBeDisabled();
  await dialog.getByLabel('Reason').fill('Only looked at.');
  await expect(decide).toBeEnabled();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toHaveCount(0);
}

test('a key pressed on the way to a case is not lost', async ({ page }) => {
  await signIn(page, 'lead', '/queue?order=tokens');
  const rows = page.getByRole('table', { name: 'Queue' }).getByRole('row');
  await expect(rows.nth(1)).toBeVisible();
  // No answer is waited for: the case is asked for and drawn after the second key.
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/cases\//);
  await page.keyboard.press('d');
  await expect(page.getByRole('dialog', { name: /^Disqualify/ })).toBeVisible();
  // What is open has the keys to itself.
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).focus();
  await page.keyboard.press('l');
  await expect(page.getByRole('dialog', { name: /^Clear/ })).toHaveCount(0);
});

test('every action on a case previews and asks for a reason', async ({ page }) => {
  test.setTimeout(180_000);
  await openTopCase(page);
  for (const verb of ['Disqualify', 'Clear']) {
    await page.getByRole('button', { name: verb, exact: true }).click();
    await expectPreviewAndReason(page, verb);
  }
  const more = async (item: RegExp | string) => {
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await more('Recover');
  await expectPreviewAndReason(page, 'Recover');
  await more(/Split here/);
  await expectPreviewAndReason(page, 'Not the same user');

  await more('Restrict');
  await expect(page.getByRole('dialog')).toContainText('Choose a campaign to see whom this reaches');
  await page.getByLabel('Campaign').selectOption({ index: 1 });
  await expectPreviewAndReason(page, 'Restrict');

  const [one, other] = await ringOf(page);
  for (const verb of ['Not the same user', 'Same user']) {
    await more(verb === 'Same user' ? /^Same user/ : verb);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('One account').fill(one);
    await dialog.getByLabel('Other account').fill(other);
    await page.keyboard.press('Escape');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await expectPreviewAndReason(page, verb);
  }

  await more('Ask for a second look');
  await page.getByLabel('What should they look at?').fill('Is this one household?');
  await page.getByRole('dialog').getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByText('lead asks for a second look')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Notes' })).toContainText('Is this one household?');
});

/** Two accounts of the ring that is open, by its table. */
async function ringOf(page: Page): Promise<[string, string]> {
  const ring = page.getByRole('region', { name: 'Ring and neighbours' });
  await ring.getByText('Table', { exact: true }).click();
  const names = await ring.getByRole('row').getByRole('link').allInnerTexts();
  await ring.getByText('Graph', { exact: true }).click();
  return [names[0] ?? '', names[1] ?? ''];
}

test('actions on many cases preview all of them', async ({ page }) => {
  await signIn(page, 'lead', '/queue?order=tokens');
  const rows = page.getByRole('table', { name: 'Queue' }).getByRole('row');
  await expect(rows.nth(2)).toBeVisible();
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  const bar = page.getByRole('toolbar', { name: 'Actions on the selected cases' });
  await expect(bar).toContainText('2 cases selected');
  for (const verb of ['Disqualify', 'Clear', 'Recover']) {
    await bar.getByRole('button', { name: verb, exact: true }).click();
    await expect(page.getByRole('dialog', { name: `${verb}: 2 cases` })).toBeVisible();
    await expectPreviewAndReason(page, verb);
  }
  await bar.getByRole('button', { name: 'Ask for a second look' }).click();
  await page.getByLabel('What should they look at?').fill('Both look like one shop.');
  await page.getByRole('dialog').getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});
