/** What a token says of itself. Only the server can tell whether that is true: this is to be shown, and decides nothing. */
export interface Claims {
  readonly subject: string;
  readonly roles: readonly string[];
  /** Null for all pools. */
  readonly pools: readonly string[] | null;
  readonly expiresAt: Date;
}

/** The claims of a JWT, or null where a text is none. */
export function readClaims(token: string): Claims | null {
  try {
    const [, payload = ''] = token.split('.');
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    );
    const { sub, roles, pools, exp } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof sub !== 'string' || typeof exp !== 'number' || !isTexts(roles)) return null;
    return { subject: sub, roles, pools: isTexts(pools) ? pools : null, expiresAt: new Date(exp * 1_000) };
  } catch {
    return null;
  }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** A token as people paste it: with or without `Bearer`, or the whole of the explorer's header. */
export function tokenIn(text: string): string | null {
  return /[\w-]+\.[\w-]+\.[\w-]+/.exec(text)?.[0] ?? null;
}

/** Reads all accounts of its pools, as src/auth has it; a trader reads its own. */
export const readsEverything = ({ roles }: Claims): boolean =>
  roles.some((role) => ['ANALYST', 'INTEGRATOR', 'ADMIN'].includes(role));
