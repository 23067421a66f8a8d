import {
  createRemoteJWKSet,
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { ROLES, type Role, type Viewer } from './viewer.ts';

export interface TokenSettings {
  /** Shared secret for HS256. */
  readonly secret: string | null;
  /** Where an identity provider publishes its keys; rotation is the provider's. */
  readonly jwksUrl: string | null;
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** A token that is none, is forged, has expired, or lacks a claim. The message is for the caller. */
export class InvalidToken extends Error {
  override name = 'InvalidToken';
}

export type TokenVerifier = (token: string) => Promise<Viewer>;

export const REVOKED = 'The token was revoked: sign in again.';

/** A token that was verified stays so until it expires or this has passed, whichever is first: a key may be withdrawn. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 10_000;

/** The keys that an identity provider publishes. */
export type ProviderKeys = ReturnType<typeof createRemoteJWKSet>;
export const providerKeys = (url: string): ProviderKeys => createRemoteJWKSet(new URL(url));

/** The names of the keys that the provider publishes now. */
export async function readKeyIds(keys: ProviderKeys): Promise<ReadonlySet<string>> {
  await keys.reload();
  return new Set(keys.jwks()?.keys.flatMap(({ kid }) => kid ?? []));
}

/**
 * Spares the signature of a token that was verified a moment ago: clients send the same one with every request. Whether it was taken
 * back is asked each time.
 */
export function rememberTokens(verify: TokenVerifier, isRevoked: (viewer: Viewer) => boolean): TokenVerifier {
  const checked = (viewer: Viewer): Viewer => {
    if (isRevoked(viewer)) throw new InvalidToken(REVOKED);
    return viewer;
  };
  const remembered = new Map<string, { viewer: Viewer; until: number }>();
  return async (token) => {
    const known = remembered.get(token);
    if (known && known.until > Date.now()) return checked(known.viewer);
    remembered.delete(token);
    const viewer = await verify(token);
    if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(token, { viewer, until: Math.min(viewer.expiresAt * 1_000, Date.now() + REMEMBERED_MS) });
    return checked(viewer);
  };
}

const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;

/** Verifies bearer tokens against the secret or the key set; the algorithm in the token's header chooses between them. */
export function tokenVerifier(
  settings: TokenSettings,
  keySet: ProviderKeys | null = settings.jwksUrl === null ? null : providerKeys(settings.jwksUrl),
): TokenVerifier {
  const secret = settings.secret === null ? null : new TextEncoder().encode(settings.secret);
  const options: JWTVerifyOptions = {
    requiredClaims: ['sub', 'exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(settings.issuer === null ? {} : { issuer: settings.issuer }),
    ...(settings.audience === null ? {} : { audience: settings.audience }),
  };
  return async (token) => {
    try {
      const { payload, protectedHeader } =
        keySet !== null && (secret === null || !isShared(token))
          ? await jwtVerify(token, keySet, { ...options, algorithms: ASYMMETRIC })
          : await jwtVerify(token, secret!, { ...options, algorithms: ['HS256'] });
      return viewerOf(payload, protectedHeader);
    } catch (error) {
      if (error instanceof InvalidToken) throw error;
      if (error instanceof errors.JWTExpired) throw new InvalidToken('The token has expired: get a new one.');
      if (error instanceof errors.JOSEError)
        throw new InvalidToken('The token is not valid here: check who signed it.');
      throw error;
    }
  };
}

function isShared(token: string): boolean {
  try {
    return JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).alg === 'HS256';
  } catch {
    return false;
  }
}

function viewerOf(payload: JWTPayload, { alg, kid }: JWTHeaderParameters): Viewer {
  const { sub, exp, iat, roles, pools } = payload as JWTPayload & { roles?: unknown; pools?: unknown };
  if (!isStrings(roles))
    throw new InvalidToken('The token has no roles: `roles` must be a list of role names.');
  if (pools !== undefined && !isStrings(pools))
    throw new InvalidToken('`pools` in the token must be a list of pool names.');
  if (typeof sub !== 'string' || sub === '') throw new InvalidToken('The token names no subject.');
  return {
    subject: sub,
    // Roles of other systems in the same token mean nothing here.
    roles: roles.filter((role): role is Role => (ROLES as readonly string[]).includes(role)),
    pools: pools === undefined ? null : new Set(pools),
    expiresAt: exp!,
    issuedAt: iat ?? null,
    keyId: alg === 'HS256' ? null : (kid ?? null),
  };
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** The token of an `Authorization` header or of connection_init; null where none is sent. */
export function bearerToken(header: string | null | undefined): string | null {
  if (header === null || header === undefined || header === '') return null;
  const [, token] = /^Bearer +([^\s]+)$/i.exec(header.trim()) ?? [];
  if (token === undefined) throw new InvalidToken('The authorization must read "Bearer <token>".');
  return token;
}
