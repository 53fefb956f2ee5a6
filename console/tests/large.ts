import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';

import { ReviewService } from '../source/generated/sameuser/v1/review_pb';
import { addPeople, emptyFolder, PASSWORD, remove, run, serve } from './store';

const CAMPAIGN = 'kimi-work-desktop-2026-06';
const BEGIN = Date.parse('2026-06-01T00:00:00Z');
const ASKED_AT_ONCE = 64;
const SEEN = ['EVENT_TYPE_REGISTRATION', 'EVENT_TYPE_LOGIN'] as const;
/** More than are drawn, so that as many are drawn as may be. */
const RING = 600;
/** Accounts on one phone, and phones on one device: few enough that each use counts, and all hang together. */
const ON_A_PHONE = 20;
const DEVICES = 25;
const MINUTE_MS = 60_000;
const LATER_MS = 2 * 24 * 60 * MINUTE_MS;

export function ringAccount(index: number): string {
  return `ring-${String(index).padStart(3, '0')}`;
}

function account(index: number): string {
  return `account-${String(index).padStart(6, '0')}`;
}

/** A server with so many cases of one account each, and a ring of more accounts than are drawn. */
export async function serveLarge(cases: number): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = emptyFolder();
  const [events, data] = [join(folder, 'events.jsonl'), join(folder, 'data')];
  await writeEvents(events, cases);
  run('replay', events, '--data', data);
  addPeople(data);
  const server = await serve(data);
  await openAppeals(server.url, cases);
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      remove(folder);
    },
  };
}

/** Registrations of many strangers, and of a ring. */
async function writeEvents(file: string, accounts: number): Promise<void> {
  const out = createWriteStream(file);
  const put = async (line: object) => {
    if (!out.write(`${JSON.stringify(line)}\n`)) {
      await once(out, 'drain');
    }
  };
  for (let index = 0; index < accounts; index += 1) {
    const id = account(index);
    await put(
      event(
        id,
        BEGIN + index * 1000,
        `+86131${String(10_000_000 + index)}`,
        `device-${index}`,
        address(index),
      ),
    );
  }
  for (const [turn, eventType] of [...SEEN.entries()]) {
    for (let index = 0; index < RING; index += 1) {
      const at = BEGIN + index * MINUTE_MS + turn * LATER_MS;
      const [phone, device] = [Math.floor(index / ON_A_PHONE), index % DEVICES];
      const ring = event(
        ringAccount(index),
        at,
        `+861370000${String(phone).padStart(4, '0')}`,
        `ring-${device}`,
        `203.0.${device}.${phone}`,
      );
      await put({ ...ring, eventType, eventId: `e-${ringAccount(index)}-${turn}` });
    }
  }
  out.end();
  await once(out, 'finish');
}

function event(
  accountId: string,
  at: number,
  phoneNumber: string,
  deviceId: string,
  ipAddress: string,
): object {
  return {
    eventId: `e-${accountId}`,
    eventType: 'EVENT_TYPE_REGISTRATION',
    occurredAt: new Date(at).toISOString(),
    accountId,
    accountType: 'ACCOUNT_TYPE_INDIVIDUAL',
    phoneNumber,
    device: { deviceId, platform: 'windows', hardwareFingerprint: `of-${deviceId}` },
    ipAddress,
    surface: 'work-desktop',
  };
}

function address(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

/** An appeal of every stranger: each is a case. */
async function openAppeals(url: string, accounts: number): Promise<void> {
  const review = await signedIn(url);
  let next = 0;
  const work = async () => {
    while (next < accounts) {
      const index = next;
      next += 1;
      const statement = `Appeal number ${index}.`;
      await review.openAppeal({
        accountId: account(index),
        campaignId: CAMPAIGN,
        statement,
        openedBy: 'lead',
      });
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, work));
}

async function signedIn(url: string) {
  const answer = await fetch(`${url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'lead', password: PASSWORD }),
  });
  const { csrf_token: token } = (await answer.json()) as { csrf_token: string };
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const asLead: Interceptor = (next) => (request) => {
    request.header.set('cookie', cookie);
    request.header.set('x-csrf-token', token);
    return next(request);
  };
  return createClient(ReviewService, createGrpcWebTransport({ baseUrl: url, interceptors: [asLead] }));
}
