import { createContext, use } from 'react';

import { may, type Permission } from './permissions';
import type { Session } from './session';

export const SignedIn = createContext<Session | null>(null);

/** The person at the desk; only under the shell, which shows the sign-in otherwise. */
export function usePerson(): Session {
  const session = use(SignedIn);
  if (session === null) {
    throw new Error('a screen was drawn outside the shell');
  }
  return session;
}

export function useMay(permission: Permission): boolean {
  return may(usePerson().role, permission);
}
