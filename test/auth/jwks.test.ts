import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bearerToken, InvalidToken, type TokenVerifier, tokenVerifier } from '../../src/auth/tokens.ts';
import { within } from '../support/eventually.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { SECRET, startTestServer } from '../support/server.ts';

/** Tokens of an identity provider, by the keys that it publishes; and every way to pass with a token that is none. */

interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

const ISSUER = 'https://id.example.com/';
const AUDIENCE = 'shearwater';

async function newKey(kid: string, alg: string): Promise<Key> {
  return { kid, alg, ...(await generateKeyPair(alg, { extractable: true })) };
}

let provider: Server;
let jwksUrl: string;
let published: Key[] = [];
let fetched = 0;
let answer: 'keys' | 'error' | 'garbage' = 'keys';
let rsa: Key;
let ec: Key;
let ed: Key;

beforeAll(async () => {
  [rsa, ec, ed] = await Promise.all([
    newKey('rsa-1', 'RS256'),
    newKey('ec-1', 'ES256'),
    newKey('ed-1', 'EdDSA'),
  ]);
  published = [rsa, ec, ed];
  provider = createServer(async (_, res) => {
    fetched++;
    if (answer === 'error') return void res.writeHead(500).end('down');
    if (answer === 'garbage') return void res.end('<html>');
    const keys = await Promise.all(
      published.map(async ({ kid, alg, publicKey }) => ({
        ...(await exportJWK(publicKey)),
        kid,
        alg,
        use: 'sig',
      })),
    );
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`;
});
afterAll(() => provider.close());
afterEach(() => {
  vi.useRealTimers();
  answer = 'keys';
  published = [rsa, ec, ed];
});

const verifier = (settings: Partial<Parameters<typeof tokenVerifier>[0]> = {}): TokenVerifier =>
  tokenVerifier({ secret: null, jwksUrl, issuer: null, audience: null, ...settings });

interface Shape {
  readonly claims?: Record<string, unknown>;
  readonly exp?: number | null;
  readonly header?: Record<string, unknown>;
}

const now = () => Math.floor(Date.now() / 1_000);

function sign(
  key: { kid?: string; alg: string; privateKey: CryptoKey | Uint8Array },
  { claims = {}, exp = 3_600, header = {} }: Shape = {},
) {
  const jwt = new SignJWT({ sub: 'alice', roles: ['TRADER'], iss: ISSUER, aud: AUDIENCE, ...claims })
    .setProtectedHeader({ alg: key.alg, ...(key.kid ? { kid: key.kid } : {}), ...header })
    .setIssuedAt();
  return (exp === null ? jwt : jwt.setExpirationTime(now() + exp)).sign(key.privateKey);
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const secretKey = (text: string) => ({ alg: 'HS256', privateKey: new TextEncoder().encode(text) });

describe('a token of the provider', () => {
  it('is accepted, whichever of its keys signed it', async () => {
    const verify = verifier({ issuer: ISSUER, audience: AUDIENCE });
    for (const key of [rsa, ec, ed]) {
      expect(await verify(await sign(key))).toMatchObject({
        subject: 'alice',
        roles: ['TRADER'],
        pools: null,
      });
    }
    expect(await verify(await sign(rsa, { claims: { pools: ['a', 'b'] } }))).toMatchObject({
      pools: new Set(['a', 'b']),
    });
    expect(await verify(await sign(rsa, { claims: { aud: ['x', AUDIENCE] } }))).toMatchObject({
      subject: 'alice',
    });
  });

  it('is verified without asking the provider each time', async () => {
    const verify = verifier();
    const before = fetched;
    for (let i = 0; i < 20; i++) await verify(await sign(i % 2 ? rsa : ec));
    expect(fetched - before).toBe(1);
  });

  it('signed by a new key is accepted once the provider publishes it, and by a withdrawn one no more', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const verify = verifier();
    const next = await newKey('rsa-2', 'RS256');
    expect(await verify(await sign(rsa))).toMatchObject({ subject: 'alice' });
    published = [next];
    // The key set is fetched again for an unknown key, but not more often than every half minute.
    vi.setSystemTime(Date.now() + 60_000);
    expect(await verify(await sign(next))).toMatchObject({ subject: 'alice' });
    await expect(verify(await sign(rsa))).rejects.toThrow(InvalidToken);
  });

  it.each<[what: string, make: () => Promise<string>]>([
    ['of an issuer that is another', () => sign(rsa, { claims: { iss: 'https://evil.example.com/' } })],
    ['of no issuer', () => sign(rsa, { claims: { iss: undefined } })],
    ['for an audience that is another', () => sign(rsa, { claims: { aud: 'another' } })],
    ['for no audience', () => sign(rsa, { claims: { aud: undefined } })],
    ['that never expires', () => sign(rsa, { exp: null })],
    ['that has expired', () => sign(rsa, { exp: -60 })],
    ['that is not valid yet', () => sign(rsa, { claims: { nbf: now() + 3_600 } })],
    ['without a subject', () => sign(rsa, { claims: { sub: undefined } })],
    ['with an empty subject', () => sign(rsa, { claims: { sub: '' } })],
    ['with a subject that is no text', () => sign(rsa, { claims: { sub: 5 } })],
    ['without roles', () => sign(rsa, { claims: { roles: undefined } })],
    ['with a role that is no list', () => sign(rsa, { claims: { roles: 'ADMIN' } })],
    ['with a role that is no text', () => sign(rsa, { claims: { roles: [5] } })],
    ['with pools that are no list', () => sign(rsa, { claims: { pools: 'pool' } })],
    ['with pools that are null', () => sign(rsa, { claims: { pools: null } })],
    ['with an expiry that is no number', () => sign(rsa, { exp: null, claims: { exp: 'tomorrow' } })],
    ['of a key that it does not publish', async () => sign(await newKey('rsa-1', 'RS256'))],
    [
      'of a key of another kind under a known name',
      async () => sign({ ...(await newKey('x', 'ES256')), kid: 'rsa-1' }),
    ],
  ])('is refused: %s', async (_, make) => {
    await expect(verifier({ issuer: ISSUER, audience: AUDIENCE })(await make())).rejects.toThrow(
      InvalidToken,
    );
  });
});

describe('a forged token is refused', () => {
  it.each<[what: string, secret: string | null]>([
    ['without a shared secret', null],
    ['beside a shared secret', SECRET],
  ])('signed with the public key as a secret, %s', async (_, secret) => {
    const verify = verifier({ secret });
    const pem = await exportSPKI(rsa.publicKey);
    const jwk = await exportJWK(rsa.publicKey);
    for (const text of [
      pem,
      pem.trim(),
      jwk.n!,
      JSON.stringify(jwk),
      Buffer.from(jwk.n!, 'base64url').toString('latin1'),
      ' ',
    ]) {
      for (const header of [{}, { kid: 'rsa-1' }]) {
        await expect(verify(await sign(secretKey(text), { header }))).rejects.toThrow(InvalidToken);
      }
    }
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', null, undefined])(
    'with the algorithm %j and no signature',
    async (alg) => {
      const body = { sub: 'root', roles: ['ADMIN'], exp: now() + 3_600 };
      for (const verify of [
        verifier(),
        verifier({ secret: SECRET }),
        verifier({ secret: SECRET, jwksUrl: null }),
      ]) {
        for (const signature of ['', 'AAAA']) {
          await expect(verify(`${part({ alg, typ: 'JWT' })}.${part(body)}.${signature}`)).rejects.toThrow(
            InvalidToken,
          );
        }
      }
    },
  );

  it('whose header brings its own key or address', async () => {
    const own = await newKey('own', 'RS256');
    const jwk = await exportJWK(own.publicKey);
    for (const header of [
      { jwk, kid: 'own' },
      { jku: 'http://127.0.0.1:1/keys', kid: 'own' },
      { x5u: 'http://127.0.0.1:1/', kid: 'own' },
      { jwk, kid: 'rsa-1' },
    ]) {
      await expect(verifier()(await sign(own, { header }))).rejects.toThrow(InvalidToken);
    }
  });

  it('whose claims or header were changed after it was signed', async () => {
    const token = await sign(rsa);
    const [header, , signature] = token.split('.');
    const more = part({ sub: 'root', roles: ['ADMIN'], exp: now() + 3_600 });
    for (const forged of [
      `${header}.${more}.${signature}`,
      `${part({ alg: 'ES256', kid: 'rsa-1' })}.${token.split('.')[1]}.${signature}`,
      `${header}.${token.split('.')[1]}.`,
    ]) {
      await expect(verifier()(forged)).rejects.toThrow(InvalidToken);
    }
  });

  it('that is no token at all', async () => {
    for (const text of [
      '',
      '.',
      '..',
      '...',
      'a.b.c',
      'a',
      `${part(null)}.${part({})}.x`,
      `${part([])}..`,
      '\0',
      'é.é.é',
      'A'.repeat(100_000),
    ]) {
      await expect(verifier()(text), text.slice(0, 10)).rejects.toThrow(InvalidToken);
      await expect(verifier({ secret: SECRET })(text)).rejects.toThrow(InvalidToken);
      await expect(verifier({ secret: SECRET, jwksUrl: null })(text)).rejects.toThrow(InvalidToken);
    }
  });

  it('of the shared secret with another algorithm than HS256, or where only the provider signs', async () => {
    const bytes = new TextEncoder().encode(SECRET.padEnd(64, 'x'));
    const alone = verifier({ secret: SECRET.padEnd(64, 'x'), jwksUrl: null });
    for (const alg of ['HS384', 'HS512']) {
      await expect(alone(await sign({ alg, privateKey: bytes }))).rejects.toThrow(InvalidToken);
    }
    await expect(verifier()(await sign(secretKey(SECRET)))).rejects.toThrow(InvalidToken);
    await expect(alone(await sign(rsa))).rejects.toThrow(InvalidToken);
    expect(await verifier({ secret: SECRET })(await sign(secretKey(SECRET)))).toMatchObject({
      subject: 'alice',
    });
  });
});

describe('a server with a provider', () => {
  const start = () =>
    startTestServer({ auth: { jwtSecret: undefined, jwksUrl, issuer: ISSUER, audience: AUDIENCE } });
  const ask = async (url: string, token: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ viewer { subject } }' }),
    });
    return {
      status: response.status,
      ...((await response.json()) as {
        data?: unknown;
        errors?: { message: string; extensions: { code: string } }[];
      }),
    };
  };

  it('lets its tokens in over HTTP and over WebSocket, and no others', async () => {
    const server = await start();
    const good = await sign(ec);
    expect(await ask(server.url, good)).toMatchObject({
      status: 200,
      data: { viewer: { subject: 'alice' } },
    });
    expect(await ask(server.url, await sign(secretKey(SECRET)))).toMatchObject({ status: 401 });
    const raw = await RawSocket.open(server, good);
    raw.subscribe('1', '{ viewer { subject } }');
    expect((await raw.first('next', '1')).payload.data.viewer.subject).toBe('alice');
    raw.end();
    await server.close();
  });

  it.each(['error', 'garbage', 'nobody'] as const)(
    'lets nobody in while the provider answers with %s, and tells nothing of it',
    async (how) => {
      const server = await startTestServer({
        auth: {
          jwtSecret: undefined,
          jwksUrl: how === 'nobody' ? 'http://127.0.0.1:9/jwks' : jwksUrl,
          issuer: undefined,
          audience: undefined,
        },
      });
      if (how !== 'nobody') answer = how;
      const token = await sign(rsa);
      const { data, errors } = await ask(server.url, token);
      expect(data ?? null).toBeNull();
      expect(errors).toHaveLength(1);
      expect(JSON.stringify(errors)).not.toMatch(/fetch|ECONN|127\.0\.0\.1|JSON|jwks/i);
      const raw = new RawSocket(server.url);
      await new Promise((resolve) => raw.socket.once('open', resolve));
      raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
      const { reason, code } = await within('the close', raw.closed);
      expect(reason).not.toMatch(/fetch|ECONN|127\.0\.0\.1|JSON|jwks/i);
      expect(code).toBeGreaterThan(1_000);
      await server.close();
    },
  );
});

it('reads the token of an authorization, or none, and refuses everything between', () => {
  expect(bearerToken(null)).toBeNull();
  expect(bearerToken(undefined)).toBeNull();
  expect(bearerToken('')).toBeNull();
  expect(bearerToken('Bearer abc')).toBe('abc');
  expect(bearerToken('bearer   abc ')).toBe('abc');
  for (const text of ['abc', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'Bearerabc', ' ']) {
    expect(() => bearerToken(text), text).toThrow(InvalidToken);
  }
});
