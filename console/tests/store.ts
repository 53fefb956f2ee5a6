import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The program that is tested: the real one, with the built app inside. */
const PROGRAM = process.env['SAMEUSER_PROGRAM'] ?? resolve('../target/release/sameuser');

export const PASSWORD = 'correct horse battery staple';
export const ROLES = ['analyst', 'lead', 'administrator', 'auditor'] as const;

const READY_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 100;
const STOPPED_WITHIN_MS = 20_000;

export function run(...words: string[]): string {
  return execFileSync(PROGRAM, words, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sameuser-console-'));
}

/** People of every role, named after it. */
export function addPeople(data: string): void {
  for (const role of ROLES) {
    const words = ['people', 'add', role, '--role', role, '--data', data];
    execFileSync(PROGRAM, words, { input: `${PASSWORD}\n`, stdio: ['pipe', 'pipe', 'pipe'] });
  }
}

export interface Server {
  url: string;
  grpc: string;
  stop: () => Promise<void>;
}

/** Serves a store until it is stopped. */
export async function serve(data: string, ...more: string[]): Promise<Server> {
  const [grpc, http] = [await freePort(), await freePort()];
  const words = [
    'serve',
    '--data',
    data,
    '--listen',
    `127.0.0.1:${grpc}`,
    '--http',
    `127.0.0.1:${http}`,
    ...more,
  ];
  const child = spawn(PROGRAM, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const url = `http://127.0.0.1:${http}`;
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > until) {
      throw new Error(`the server did not start: ${said}`);
    }
    await pause(LOOK_AGAIN_MS);
  }
  return { url, grpc: `http://127.0.0.1:${grpc}`, stop: () => stop(child) };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) {
    return;
  }
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  await ended;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('no port');
  }
  return address.port;
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
