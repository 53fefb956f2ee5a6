import type { Role } from './session';

/** What a role may do; the server decides, the console only hides what would be refused. */
export type Permission = 'decide' | 'publish' | 'resolve';

const GRANTED: Record<Role, readonly Permission[]> = {
  auditor: [],
  analyst: ['decide'],
  lead: ['decide', 'publish', 'resolve'],
  administrator: ['decide', 'publish', 'resolve'],
};

export function may(role: Role, permission: Permission): boolean {
  return GRANTED[role].includes(permission);
}
