import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { settled, url } from './desk';

/** Every screen, by name, with a way there that has something to show. */
export const SCREENS: readonly (readonly [string, (page: Page) => Promise<void>])[] = [
  ['queue', (page) => open(page, '/queue')],
  ['queue-empty', (page) => open(page, '/queue?text=nobody-has-this-id')],
  ['case', (page) => openCase(page, 'tokens')],
  ['case-ring', (page) => openCase(page, 'tokens', / more$|等/)],
  ['case-disqualify', openDecision],
  ['account', openAccount],
  ['identifier', openIdentifier],
  ['search', (page) => open(page, `/search?id=${anAccount()}`)],
  ['search-nothing', (page) => open(page, '/search?id=nobody-has-this-id')],
  ['appeals', (page) => open(page, '/appeals')],
  ['restrictions', (page) => open(page, '/restrictions?view=all&ends=ended_too')],
  ['audit', (page) => open(page, '/audit')],
  ['campaigns', (page) => open(page, '/campaigns')],
  ['campaign', openCampaign],
  ['campaign-change', openEditor],
  ['model', (page) => open(page, '/model')],
  ['overview', (page) => open(page, '/overview')],
  ['nowhere', (page) => open(page, '/nowhere')],
];

const CAMPAIGN = 'kimi-work-desktop-2026-06';

async function open(page: Page, path: string): Promise<void> {
  await page.goto(url(path));
  await settled(page);
}

/** Farms are what the simulation has rings of. */
export function anAccount(): string {
  const truth = readFileSync(join(process.env['SAMEUSER_CONSOLE_SET'] ?? '', 'truth.jsonl'), 'utf8');
  const lines = truth
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { account_id: string; label: string });
  return (lines.find((one) => one.label === 'bulk_registration') ?? lines[0])?.account_id ?? '';
}

async function openCase(page: Page, order: string, name = /./): Promise<void> {
  await open(page, `/queue?order=${order}`);
  await takeCase(page, name);
}

/** From the queue, the first case whose name is such. */
export async function takeCase(page: Page, name = /./): Promise<void> {
  const queue = page.getByRole('table', { name: /Queue|队列/ });
  await queue.getByRole('link', { name }).first().click();
  await page.waitForURL(/\/cases\//);
  // The address changes before the screen does.
  await queue.waitFor({ state: 'detached' });
  await settled(page);
}

async function openDecision(page: Page): Promise<void> {
  await openCase(page, 'tokens');
  await page.keyboard.press('d');
  await page.getByTestId('preview-sum').waitFor();
  await settled(page);
}

async function openAccount(page: Page): Promise<void> {
  await open(page, `/accounts/${anAccount()}`);
}

async function openIdentifier(page: Page): Promise<void> {
  await openAccount(page);
  await page.locator('a[href^="/identifiers/"]').first().click();
  await page.waitForURL(/\/identifiers\//);
  await settled(page);
}

async function openCampaign(page: Page): Promise<void> {
  await open(page, `/campaigns/${CAMPAIGN}`);
}

async function openEditor(page: Page): Promise<void> {
  await openCampaign(page);
  await page.getByRole('button', { name: /Change terms|修改条款/ }).click();
  const drawer = page.getByRole('dialog');
  const terms = drawer.locator('textarea').first();
  const before = await terms.inputValue();
  await terms.fill(before.replace(/max_accounts_per_user = \d+/, 'max_accounts_per_user = 2'));
  await drawer.getByRole('button', { name: /Check the terms|检查条款/ }).click();
  await drawer.getByRole('button', { name: /^(Run|运行)$/ }).click();
  await page.getByTestId('backtest-result').waitFor({ timeout: 60_000 });
  await settled(page);
}
