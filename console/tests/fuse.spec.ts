import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@playwright/test';

import { expectAccessible, settled, signIn } from './desk';
import { addPeople, emptyFolder, remove, run, serve, type Server } from './store';

/** Revokes whoever was seen on a device: everybody. */
const BAD_MODEL = {
  revision: 'bad-1',
  description: 'made for a test',
  base_rate_ppm: 10_000,
  bias_millilogits: -3000,
  features: [
    {
      name: 'devices_used',
      pattern: 'OPERATED_FOR_OTHERS',
      monotone: 'rising',
      edges: [],
      points: [9000],
      missing: 0,
      statement: 'it was seen on {value} devices',
    },
  ],
  calibration: [
    [-5000, 10_000],
    [0, 500_000],
    [5000, 990_000],
  ],
};

let folder: string;
let server: Server;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  folder = emptyFolder();
  const [set, data] = [join(folder, 'set'), join(folder, 'data')];
  run('simulate', '--accounts', '600', '--seed', '8', '--out', set);
  const [events, checks] = [join(set, 'events.jsonl'), join(set, 'checks.jsonl')];
  run('replay', events, '--checks', checks, '--verdicts', join(set, 'verdicts.jsonl'), '--data', data);
  addPeople(data);
  const [model, configuration] = [join(folder, 'model.json'), join(folder, 'sameuser.toml')];
  writeFileSync(model, JSON.stringify(BAD_MODEL));
  writeFileSync(configuration, `abuse_model = ${JSON.stringify(model)}\n`);
  server = await serve(data, '--config', configuration);
});

test.afterAll(async () => {
  await server.stop();
  remove(folder);
});

test('a model that would revoke everybody is held; an analyst sees it, a lead discards it', async ({
  page,
}) => {
  await signIn(page, 'analyst', '/model', server.url);
  const fuse = page.getByRole('row').filter({ hasText: 'model bad-1' });
  await expect(fuse).toContainText('waits for a person');
  await expect(page.getByRole('button', { name: 'Discard' })).toHaveCount(0);

  await page.context().clearCookies();
  await signIn(page, 'lead', '/model', server.url);
  await fuse.getByRole('button', { name: 'Discard' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Discard' })).toBeDisabled();
  await dialog.getByLabel('Why').fill('a test of the fuse');
  await settled(page);
  await expectAccessible(page, 'fuse dialog');
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(fuse).toContainText('discarded');
  await expect(fuse).toContainText('lead: a test of the fuse');
  await expect(fuse.getByRole('button', { name: 'Release' })).toBeVisible();
});
