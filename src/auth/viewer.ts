/** Who is calling, and what that allows. Every rule of access is a function here. */

export const ROLES = ['TRADER', 'INTEGRATOR', 'ANALYST', 'ADMIN'] as const;
export type Role = (typeof ROLES)[number];

export interface Viewer {
  /** The token's `sub`; a trader's accounts are those with this owner. */
  readonly subject: string;
  readonly roles: readonly Role[];
  /** The pools that the token is confined to; null for all. */
  readonly pools: ReadonlySet<string> | null;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** Seconds since the epoch; null where the token does not say. */
  readonly issuedAt: number | null;
  /** The provider's key that signed the token, by its name; null for the shared secret, and for a key without a name. */
  readonly keyId: string | null;
}

/** What a root field asks of its caller. */
export type Access = 'signed-in' | 'read' | 'notify' | 'analyze' | 'write' | 'administer';

const NEEDS: Record<Access, readonly Role[]> = {
  'signed-in': [],
  read: ['TRADER', 'ANALYST', 'INTEGRATOR', 'ADMIN'],
  notify: ['TRADER', 'INTEGRATOR', 'ADMIN'],
  analyze: ['ANALYST', 'INTEGRATOR', 'ADMIN'],
  write: ['INTEGRATOR', 'ADMIN'],
  administer: ['ADMIN'],
};

/** The roles that have an access. */
export const rolesFor = (access: Access): readonly Role[] => NEEDS[access];

export function allows(viewer: Viewer, access: Access): boolean {
  const needs = NEEDS[access];
  return needs.length === 0 || viewer.roles.some((role) => needs.includes(role));
}

export function mayUsePool(viewer: Viewer, pool: string): boolean {
  return viewer.pools === null || viewer.pools.has(pool);
}

/** Reads every account of its pools; otherwise only those that it owns. */
export function readsEverything(viewer: Viewer): boolean {
  return viewer.roles.some((role) => role !== 'TRADER');
}

export function mayReadAccount(viewer: Viewer, owner: string): boolean {
  return readsEverything(viewer) || viewer.subject === owner;
}

/** The owner that lists are cut down to, or null where all rows may be read. */
export function onlyOwner(viewer: Viewer): string | null {
  return readsEverything(viewer) ? null : viewer.subject;
}
