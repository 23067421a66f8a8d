import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenSource } from '../../client/token.ts';
import { isLoopback } from '../../server/address.ts';
import { LOCAL_ADMINISTRATOR } from '../../server/local-session.ts';
import { readClientSettings, readSettings } from '../../server/settings.ts';
import { Api } from './api.ts';
import type { Options, Values } from './command.ts';
import { UsageError } from './errors.ts';
import { tell } from './output.ts';
import { signToken } from './sign-token.ts';

/** Which server a command asks, and as whom. */

export const SERVER_OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    help: 'the server; SHEARWATER_URL, or http://127.0.0.1:4000, when left out',
  },
  'token-file': { type: 'string', value: 'FILE', help: 'a file with a bearer token in it, and nothing else' },
  token: {
    type: 'string',
    value: 'TOKEN',
    help: 'the bearer token. Others on this machine can read what commands are called with: prefer SHEARWATER_TOKEN, or --token-file. Where all are left out, a server on this machine is asked as its administrator, by the secret in DATA_DIR',
  },
} as const satisfies Options;

type Given = Values<typeof SERVER_OPTIONS>;

/** Signed here they are asked for again and again, so they may be short. */
const LIFETIME_SECONDS = 300;

export interface Access {
  readonly url: string;
  readonly token: TokenSource;
  /** Where the token is from, for people. */
  readonly from: string;
}

export async function openApi(given: Given): Promise<Api> {
  const access = await findAccess(given);
  if (typeof access.token !== 'string') tell(`Asking ${access.url} as its administrator, by ${access.from}.`);
  return Api.open(access.url, access.token);
}

const LOCAL = 'the secret that is kept on this machine';

export const findUrl = (given: Given): string => readUrl(given.url ?? readClientSettings().url);

export async function findAccess(given: Given): Promise<Access> {
  const settings = readClientSettings();
  const url = findUrl(given);
  const { hostname, protocol } = new URL(url);
  const isLocal = hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
  if (protocol === 'http:' && !isLocal)
    tell(`Warning: ${url} is not https: whoever is on the way can read the token.`);
  const fixed = (token: string, from: string): Access => ({ url, token: checked(token, from), from });
  if (given.token !== undefined) {
    tell('Warning: others on this machine can read --token: prefer SHEARWATER_TOKEN, or --token-file.');
    return fixed(given.token, '--token');
  }
  if (given['token-file'] !== undefined)
    return fixed(await readTokenFile(given['token-file']), given['token-file']);
  if (settings.token !== undefined) return fixed(settings.token, 'SHEARWATER_TOKEN');
  if (isLocal && hasLocalSecret()) return { url, token: signLocally, from: LOCAL };
  throw new UsageError(
    `No token for ${url}: set SHEARWATER_TOKEN, or name a file with --token-file. \`shearwater token\` makes one where the server's secret is.`,
  );
}

function readUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError(`--url must be the http or https URL of a server, such as http://127.0.0.1:4000`);
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname.replace(/\/(?:graphql)?\/?$/, '')}`;
}

async function readTokenFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new UsageError(`Cannot read --token-file: ${(error as Error).message.split(',')[0]}`);
  }
}

/** A token goes into a header. */
function checked(token: string, from: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(`What ${from} holds is no token: it has blanks or other characters in it, or nothing`);
}

/** Whether tokens of the server can be signed here: a secret that is there already, as no server would know a new one. */
function hasLocalSecret(): boolean {
  const { auth, dataDir } = readSettings();
  return auth.jwtSecret !== undefined || (!auth.jwksUrl && existsSync(join(dataDir, 'jwt-secret')));
}

const signLocally = (): Promise<string> =>
  signToken(
    { subject: LOCAL_ADMINISTRATOR, roles: ['ADMIN'], pools: [], lifetimeSeconds: LIFETIME_SECONDS },
    readSettings(),
  );
