import { SignJWT } from 'jose';
import { embeddedSecret } from '../../server/secret.ts';
import type { Settings } from '../../server/settings.ts';
import { UsageError } from './errors.ts';

export interface TokenRequest {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly pools: readonly string[];
  readonly lifetimeSeconds: number;
}

/** A bearer token as the server with these settings takes it. */
export async function signToken(request: TokenRequest, settings: Settings): Promise<string> {
  const { auth, dataDir } = settings;
  if (auth.jwksUrl && !auth.jwtSecret) {
    throw new UsageError(
      'Tokens come from your identity provider, as AUTH_JWKS_URL is set and AUTH_JWT_SECRET is not.',
    );
  }
  const secret = auth.jwtSecret ?? (await embeddedSecret(dataDir));
  const { subject, roles, pools, lifetimeSeconds } = request;
  const now = Math.floor(Date.now() / 1000);
  const token = new SignJWT({ roles, ...(pools.length > 0 ? { pools } : {}) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetimeSeconds);
  if (auth.issuer) token.setIssuer(auth.issuer);
  if (auth.audience) token.setAudience(auth.audience);
  return token.sign(new TextEncoder().encode(secret));
}
