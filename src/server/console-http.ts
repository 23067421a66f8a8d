import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';

/** What `npm run build` makes of src/console. */
const BUILT = fileURLToPath(new URL('../../dist/console', import.meta.url));

/** Pages of the console: it finds out itself which, so each is answered with the same shell. */
const PAGE = /^\/(?:(?:pools|accounts|sign-in)(?:\/.*)?)?$/;

/** Named after its content: whoever has it never needs to ask again. */
const HASHED = '/assets/';
/** Files of a fixed name. */
const FIXED = new Set(['/theme.js', '/icon.svg']);

/**
 * The console may load and reach nothing but this server, runs no script or style that is written into a page, makes no HTML of
 * texts, and is shown in no frame.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // The address of a page names pools and accounts.
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Serves the console's files, which hold no data: what it shows it asks of the API, with its reader's token. */
export function consoleHttp(folder: string = BUILT) {
  const options = { brotli: true, gzip: true, etag: true };
  const served = existsSync(folder) && {
    file: sirv(folder, options),
    page: sirv(folder, { ...options, single: true, ignores: false }),
  };

  return (req: IncomingMessage, res: ServerResponse, pathname: string): unknown => {
    const isHashed = pathname.startsWith(HASHED);
    const isFile = isHashed || FIXED.has(pathname);
    if (!isFile && !PAGE.test(pathname))
      return say(res, 404, 'not found: the console is at /, the API at /graphql');
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('allow', 'GET, HEAD');
      return say(res, 405, 'the console is read with GET');
    }
    if (!served) return say(res, 503, 'the console is not built: run npm run build. The API is at /graphql');
    // Files are small: nobody needs a part of one.
    delete req.headers.range;
    for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value);
    res.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    served[isFile ? 'file' : 'page'](req, res, () => {
      res.setHeader('cache-control', 'no-store');
      say(res, 404, 'not found: this version of the console has no such file');
    });
  };
}

function say(res: ServerResponse, status: number, text: string): void {
  res
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
    .end(`${text}\n`);
}
