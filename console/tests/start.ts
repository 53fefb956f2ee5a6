import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { addPeople, emptyFolder, remove, run, serve } from './store';

const ACCOUNTS = process.env['SAMEUSER_CONSOLE_ACCOUNTS'] ?? '6000';
const SEED = '8';
/** So many checks are asked live, so that the overview of the last hours has something to show. */
const LIVE = 400;

/** Fills a store with simulated events and verdicts and serves it to all tests. */
export default async function start(): Promise<() => Promise<void>> {
  if (process.env['SAMEUSER_CONSOLE_URL'] !== undefined) {
    // A server of the tester's own, with people named after their roles.
    return () => Promise.resolve();
  }
  const folder = emptyFolder();
  const [set, data] = [join(folder, 'set'), join(folder, 'data')];
  run('simulate', '--accounts', ACCOUNTS, '--seed', SEED, '--out', set);
  const checks = readFileSync(join(set, 'checks.jsonl'), 'utf8').trimEnd().split('\n');
  const live = checks.slice(-LIVE);
  writeFileSync(join(set, 'past.jsonl'), `${checks.slice(0, -LIVE).join('\n')}\n`);
  writeFileSync(join(set, 'live.jsonl'), `${live.join('\n')}\n`);
  run(
    'replay',
    join(set, 'events.jsonl'),
    '--checks',
    join(set, 'past.jsonl'),
    '--verdicts',
    join(set, 'verdicts.jsonl'),
    '--data',
    data,
  );
  addPeople(data);
  const server = await serve(data);
  run('check', '--batch', join(set, 'live.jsonl'), '--server', server.grpc);
  process.env['SAMEUSER_CONSOLE_URL'] = server.url;
  process.env['SAMEUSER_CONSOLE_SET'] = set;
  return async () => {
    await server.stop();
    remove(folder);
  };
}
