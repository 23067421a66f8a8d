import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { ROLES } from '../auth/viewer.ts';
import { embeddedSecret } from '../server/secret.ts';
import { readSettings, type Settings } from '../server/settings.ts';
import { runCommand, UsageError } from './report.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

const HELP = `Prints a bearer token for Shearwater.

  npm run --silent token -- --subject alice --role TRADER

  --subject NAME     who signs in; a trader reads the accounts with this owner
  --role ROLE        ${ROLES.join(', ')}; repeat it for several
  --pool NAME        confines the token to this pool; repeat it for several
  --expires-in TIME  how long it is good: 90s, 30m, 12h, 7d (default 24h)
  --help             this text

It is signed with AUTH_JWT_SECRET, or with the secret that the server keeps in DATA_DIR.`;

await runCommand(async () => {
  const request = readRequest(process.argv.slice(2));
  console.log(request === 'help' ? HELP : await sign(request, readSettings()));
});

interface TokenRequest {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly pools: readonly string[];
  readonly lifetimeSeconds: number;
}

function readRequest(args: string[]): TokenRequest | 'help' {
  const options = parse(args);
  if (options.help) return 'help';
  const { subject, role: roles = [], pool: pools = [] } = options;
  if (!subject)
    throw new UsageError('--subject is missing: who is the token for? For example --subject alice');
  if (roles.length === 0) throw new UsageError(`--role is missing: one or more of ${ROLES.join(', ')}`);
  const stranger = roles.find((role) => !ROLES.some((known) => known === role));
  if (stranger !== undefined) throw new UsageError(`--role ${stranger} is unknown: use ${ROLES.join(', ')}`);
  if (pools.includes('')) throw new UsageError('--pool needs the name of a pool');
  return { subject, roles, pools, lifetimeSeconds: readLifetime(options['expires-in']) };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        subject: { type: 'string' },
        role: { type: 'string', multiple: true },
        pool: { type: 'string', multiple: true },
        'expires-in': { type: 'string', default: '24h' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const [firstLine] = (error as Error).message.split('\n');
    throw new UsageError(`${firstLine} (see --help)`);
  }
}

function readLifetime(text: string): number {
  const [, count, unit] = text.match(/^(\d{1,6})([smhd])$/) ?? [];
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS];
  if (seconds > 0) return seconds;
  throw new UsageError(`--expires-in ${text} is not a time: write for example 90s, 30m, 12h or 7d`);
}

async function sign(request: TokenRequest, settings: Settings): Promise<string> {
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
