import type { IncomingMessage, ServerResponse } from 'node:http';
import { SignJWT } from 'jose';
import { isForwarded, isLoopback } from './address.ts';
import type { Settings } from './settings.ts';

/**
 * `npm start` with nothing set is for whoever sits at the machine: the console then opens signed in as an administrator. As any page of
 * any site can make its reader's browser ask a server on the loopback, the token is handed only to a page of this very server.
 */

/** Who it is signed in as: nobody else's accounts are its own. */
export const LOCAL_ADMINISTRATOR = 'local-administrator';

/** Short: the console asks for the next one by itself. */
const LIFETIME_SECONDS = 3_600;

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

type Deciding = Pick<
  Settings,
  'databaseUrl' | 'auth' | 'host' | 'proxyHops' | 'allowedOrigins' | 'isProduction'
>;

/** Whether these settings are of a server that only its own machine can reach, and that nobody set up for others. */
export function opensSignedIn(settings: Deciding): boolean {
  const { databaseUrl, auth, host, proxyHops, allowedOrigins, isProduction } = settings;
  return (
    databaseUrl === undefined &&
    Object.values(auth).every((value) => value === undefined) &&
    (isLoopback(host) || host === 'localhost') &&
    proxyHops === 0 &&
    allowedOrigins.length === 0 &&
    !isProduction
  );
}

/** Why a request gets no token; null where it gets one. Every rule must hold: each stops somebody that the others let through. */
export function refusalOf(req: IncomingMessage): string | null {
  const { host = '', origin, 'sec-fetch-site': site } = req.headers;
  if (!isLoopback(req.socket.remoteAddress)) return 'only this machine is signed in by itself';
  // A proxy on this machine asks from the loopback too, for whomever it likes.
  if (isForwarded(req)) return 'what comes through a proxy is not signed in by itself';
  // A name that somebody else owns may lead to the loopback, and its pages would then be of the same origin (DNS rebinding).
  if (!LOOPBACK_HOST.test(host)) return 'open the console at a loopback address, such as http://127.0.0.1';
  // Browsers name the page that asks, and no page can change that.
  if (origin !== `http://${host}`) return 'only a page of this server is signed in by itself';
  if (site !== undefined && site !== 'same-origin')
    return 'only a page of this server is signed in by itself';
  return null;
}

/** `POST /local-session`. @param secret signs the tokens; null where nobody is signed in by itself */
export function localSession(secret: string | null, now: () => number = Date.now) {
  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const answer = (status: number, body?: object): void => {
      res
        .writeHead(status, {
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'cross-origin-resource-policy': 'same-origin',
          ...(body ? { 'content-type': 'application/json; charset=utf-8' } : {}),
          ...(status === 405 ? { allow: 'POST' } : {}),
        })
        .end(body && JSON.stringify(body));
    };
    if (req.method !== 'POST') return answer(405, { message: 'ask with POST' });
    // No error: it is how the console learns that its reader has a token to paste.
    if (secret === null) return answer(204);
    const refusal = refusalOf(req);
    if (refusal !== null) return answer(403, { message: refusal });
    const seconds = Math.floor(now() / 1_000);
    const token = await new SignJWT({ roles: ['ADMIN'] })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(LOCAL_ADMINISTRATOR)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + LIFETIME_SECONDS)
      .sign(new TextEncoder().encode(secret));
    answer(200, { token });
  };
}
