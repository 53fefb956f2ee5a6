import { expect, test, type Page } from '@playwright/test';

import { signIn } from './desk';
import { ringAccount, serveLarge } from './large';

// A measurement, not a test: it prints what it finds and holds nothing against it, since machines are shared.

const CASES = Number(process.env['SAMEUSER_CONSOLE_CASES'] ?? 100_000);
const DRAWN = 500;
const TURNS = 7;
const MOVING_MS = 3000;

/** From what is done until what is waited for shows; the middle of some turns, and the worst. */
async function timed(what: string, act: () => Promise<void>): Promise<void> {
  const taken: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const begun = performance.now();
    await act();
    taken.push(Math.round(performance.now() - begun));
  }
  const order = taken.toSorted((a, b) => a - b);
  console.log(`${what}: ${order[TURNS >> 1]} ms (middle of ${TURNS}; ${order[0]} to ${order[TURNS - 1]})`);
}

/** Frames that a movement of the pointer gets. */
async function frames(page: Page, what: string, step: (turn: number) => Promise<void>): Promise<void> {
  await page.evaluate(() => {
    const at: number[] = [];
    Object.assign(window, { at });
    const note = (now: number) => {
      at.push(now);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  const until = performance.now() + MOVING_MS;
  for (let turn = 0; performance.now() < until; turn += 1) {
    await step(turn);
  }
  const at = await page.evaluate(() => (window as unknown as { at: number[] }).at);
  const gaps = at.slice(1).map((now, index) => now - (at[index] ?? now));
  const whole = (at.at(-1) ?? 0) - (at[0] ?? 0);
  const [rate, longest] = [(1000 * gaps.length) / whole, Math.max(...gaps)];
  console.log(`${what}: ${rate.toFixed(0)} frames a second, the longest ${longest.toFixed(0)} ms`);
}

test('how fast queue, case and ring are painted', async ({ browser }) => {
  test.setTimeout(1_800_000);
  const server = await serveLarge(CASES);
  const page = await browser.newPage();
  await signIn(page, 'lead', '/queue', server.url);
  const rows = page.getByRole('table', { name: 'Queue' }).getByRole('link');
  const ring = page.getByTestId('ring');
  const drawn = (accounts: number) =>
    page.locator(`[data-testid=ring][data-drawn="${accounts}"]`).waitFor({ timeout: 60_000 });
  await rows.first().waitFor();
  console.log(`${CASES} cases; a ring of 600 accounts; pages loaded anew, the app in the browser's cache`);
  for (const path of ['/queue', '/queue?order=tokens']) {
    await timed(path, async () => {
      await page.goto(`${server.url}${path}`);
      await rows.first().waitFor();
    });
  }
  const open = async () => {
    await page.goto(`${server.url}/cases/${ringAccount(0)}`);
    await page.getByRole('heading', { level: 1, name: /ring of [0-9]+ accounts/ }).waitFor();
    await drawn(50);
  };
  await timed('the ring as a case, 50 accounts drawn', open);
  await timed(`the case, then its ring of ${DRAWN} accounts drawn`, async () => {
    await open();
    await page.getByLabel('Accounts drawn').selectOption(String(DRAWN));
    await drawn(DRAWN);
  });
  await expect(ring).toHaveAttribute('data-settled', 'true', { timeout: 60_000 });

  const box = await ring.boundingBox();
  const [x, y] = [(box?.x ?? 0) + 40, (box?.y ?? 0) + 40];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await frames(page, `dragging ${DRAWN} accounts`, (turn) =>
    page.mouse.move(x + 150 + 120 * Math.sin(turn / 8), y + 120 + 90 * Math.cos(turn / 8)),
  );
  await page.mouse.up();
  await frames(page, `zooming ${DRAWN} accounts`, (turn) => page.mouse.wheel(0, turn % 40 < 20 ? -60 : 60));
  await page.close();
  await server.stop();
});
