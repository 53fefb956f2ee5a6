import { queryOptions } from '@tanstack/react-query';

/** What `/session` says of the person who is signed in. */
export interface Session {
  name: string;
  role: Role;
  csrf_token: string;
}

export type Role = 'analyst' | 'lead' | 'administrator' | 'auditor';

/** Why a sign-in failed, in words of the server. */
export class SignInRefused extends Error {}

// The token proves that a call comes from this page; the transport adds it to every call.
let token = '';

export function csrfToken(): string {
  return token;
}

/** The session in force, or null where nobody is signed in. */
async function readSession(): Promise<Session | null> {
  const answer = await fetch('/session', { headers: { accept: 'application/json' } });
  if (answer.status === 401) {
    // Read to its end, or the connection stays taken.
    await answer.text();
    return null;
  }
  if (!answer.ok) {
    throw new Error(`/session answered ${answer.status}`);
  }
  return remember((await answer.json()) as Session);
}

export async function signIn(name: string, password: string): Promise<Session> {
  const answer = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  if (!answer.ok) {
    const said = (await answer.json().catch(() => ({}))) as { message?: string };
    throw new SignInRefused(said.message ?? '');
  }
  return remember((await answer.json()) as Session);
}

export async function signOut(): Promise<void> {
  await fetch('/session', { method: 'DELETE', headers: { 'x-csrf-token': token } });
  token = '';
}

function remember(session: Session): Session {
  token = session.csrf_token;
  return session;
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: readSession,
  staleTime: Infinity,
});
