import type { Role } from './session';

/** What a role may do; the server decides (see `src/edge/console/authority.rs`), the console only hides what
 *  would be refused. `decide`: of users. `publish`: the terms. `resolve`: the last word on money. */
export type Permission = 'decide' | 'publish' | 'resolve';

const GRANTED: Record<Role, readonly Permission[]> = {
  auditor: [],
  analyst: ['decide'],
  lead: ['decide', 'publish', 'resolve'],
  administrator: ['publish'],
};

export function may(role: Role, permission: Permission): boolean {
  return GRANTED[role].includes(permission);
}
