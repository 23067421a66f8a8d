import { ROLES } from '../auth/viewer.ts';
import { readSettings } from '../server/settings.ts';
import { defineCommand, EXIT, type Options, type Values } from './kit/command.ts';
import { UsageError } from './kit/errors.ts';
import { print } from './kit/output.ts';
import { signToken, type TokenRequest } from './kit/sign-token.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

const OPTIONS = {
  subject: {
    type: 'string',
    value: 'NAME',
    help: 'who signs in; a trader reads the accounts with this owner',
  },
  role: {
    type: 'string',
    multiple: true,
    value: 'ROLE',
    help: `${ROLES.join(', ')}; repeat it for several`,
  },
  pool: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'confines the token to this pool; repeat it for several',
  },
  'expires-in': {
    type: 'string',
    value: 'TIME',
    help: 'how long it is good: 90s, 30m, 12h, 7d (24h when left out)',
  },
} as const satisfies Options;

export const token = defineCommand({
  name: 'token',
  words: [],
  summary: 'makes a bearer token',
  about: 'It is signed with AUTH_JWT_SECRET, or with the secret that the server keeps in DATA_DIR.',
  options: OPTIONS,
  examples: [
    ['token --subject alice --role TRADER', 'what alice may read: her own accounts'],
    [
      'token --subject bot --role INTEGRATOR --pool usd-perps --expires-in 30m',
      'a back end, in one pool and for half an hour',
    ],
  ],
  async run({ options }) {
    const request = readRequest(options);
    await print(await signToken(request, readSettings()));
    return EXIT.FINE;
  },
});

function readRequest(options: Values<typeof OPTIONS>): TokenRequest {
  const { subject, role: roles = [], pool: pools = [] } = options;
  if (!subject)
    throw new UsageError('--subject is missing: who is the token for? For example --subject alice');
  if (roles.length === 0) throw new UsageError(`--role is missing: one or more of ${ROLES.join(', ')}`);
  const stranger = roles.find((role) => !ROLES.some((known) => known === role));
  if (stranger !== undefined) throw new UsageError(`--role ${stranger} is unknown: use ${ROLES.join(', ')}`);
  if (pools.includes('')) throw new UsageError('--pool needs the name of a pool');
  return { subject, roles, pools, lifetimeSeconds: readLifetime(options['expires-in'] ?? '24h') };
}

function readLifetime(text: string): number {
  const [, count, unit] = text.match(/^(\d{1,6})([smhd])$/) ?? [];
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS];
  if (seconds > 0) return seconds;
  throw new UsageError(`--expires-in ${text} is not a time: write for example 90s, 30m, 12h or 7d`);
}
