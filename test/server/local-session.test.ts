import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opensSignedIn, refusalOf } from '../../src/server/local-session.ts';
import { readSettings } from '../../src/server/settings.ts';
import { post, startTestServer, type TestServer } from '../support/server.ts';

/** Who gets the local administrator's token: a page of this very server on this very machine, and nobody else. */

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ hasLocalAdministrator: true });
});
afterAll(() => server?.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** fetch would not let us send these headers; somebody who is no browser can. */
function ask(headers: Record<string, string>, method = 'POST', url = server.url): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(`${url}/local-session`, { method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

const ours = () => ({ host: new URL(server.url).host, origin: server.url });

describe('a page of this server', () => {
  it('is signed in as an administrator, for a while', async () => {
    const { status, headers, body } = await ask({ ...ours(), 'sec-fetch-site': 'same-origin' });
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['access-control-allow-origin']).toBeUndefined();
    const { token } = JSON.parse(body);
    const { data } = await post(server.url, { query: '{ viewer { subject roles } }' }, token);
    expect(data.viewer).toEqual({ subject: 'local-administrator', roles: ['ADMIN'] });
    const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    expect(exp - iat).toBe(3_600);
  });

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'LOCALHOST'])('at %s', async (name) => {
    const host = `${name}:${new URL(server.url).port}`;
    expect((await ask({ host, origin: `http://${host}` })).status).toBe(200);
  });
});

describe('nobody else gets a token', () => {
  const { port } = new URL('http://127.0.0.1:4000');
  it.each<[string, Record<string, string>]>([
    [
      'a name that leads here (DNS rebinding)',
      { host: `evil.example:${port}`, origin: `http://evil.example:${port}` },
    ],
    [
      'a name that looks like ours',
      { host: 'localhost.evil.example', origin: 'http://localhost.evil.example' },
    ],
    [
      'a name that begins like an address',
      { host: '127.0.0.1.evil.example', origin: 'http://127.0.0.1.evil.example' },
    ],
    ['an address of the network', { host: '192.168.1.5', origin: 'http://192.168.1.5' }],
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page of another server on this machine', { origin: 'http://127.0.0.1:1' }],
    ['a page of the same address over another protocol', { origin: 'https://127.0.0.1' }],
    ['a frame without an origin', { origin: 'null' }],
    ['who names no origin', { origin: '' }],
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['another port, as the browser says', { 'sec-fetch-site': 'same-site' }],
    ['a proxy (X-Forwarded-For)', { 'x-forwarded-for': '203.0.113.9' }],
    ['a proxy (X-Forwarded-Host)', { 'x-forwarded-host': 'app.example.com' }],
    ['a proxy (X-Forwarded-Proto)', { 'x-forwarded-proto': 'https' }],
    ['a proxy (Forwarded)', { forwarded: 'for=203.0.113.9' }],
    ['a proxy (Via)', { via: '1.1 proxy' }],
    ['a proxy (X-Real-IP)', { 'x-real-ip': '203.0.113.9' }],
  ])('%s', async (_, headers) => {
    const { status, body, headers: sent } = await ask({ ...ours(), ...headers });
    expect(status).toBe(403);
    expect(body).not.toContain('token"');
    expect(JSON.parse(body).message).toMatch(/\w/);
    expect(sent['access-control-allow-origin']).toBeUndefined();
  });

  it('another machine', () => {
    const host = '127.0.0.1:4000';
    const from = (remoteAddress: string | undefined) =>
      refusalOf({
        socket: { remoteAddress },
        headers: { host, origin: `http://${host}` },
      } as IncomingMessage);
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(from(address)).toBeNull();
    for (const address of ['192.168.1.5', '::ffff:10.0.0.1', 'fe80::1', '1270.0.0.1', undefined])
      expect(from(address)).toMatch(/this machine/);
  });

  it('who only follows a link, or asks for leave', async () => {
    expect((await ask(ours(), 'GET')).status).toBe(405);
    const { status, headers } = await ask({ ...ours(), origin: 'https://evil.example' }, 'OPTIONS');
    expect(status).toBe(405);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('a page of a server that was set up for others: it is told that it has to sign in', async () => {
    const other = await startTestServer();
    try {
      const { host } = new URL(other.url);
      const { status, body } = await ask({ host, origin: other.url }, 'POST', other.url);
      expect([status, body]).toEqual([204, '']);
    } finally {
      await other.close();
    }
  });
});

describe('which server signs its console in', () => {
  it('one without any setting', () => {
    expect(opensSignedIn(readSettings({}))).toBe(true);
    for (const HOST of ['localhost', '127.0.0.5', '::1'])
      expect(opensSignedIn(readSettings({ HOST }))).toBe(true);
  });

  it.each([
    { DATABASE_URL: 'postgres://db/shearwater', AUTH_JWT_SECRET: 'x'.repeat(32) },
    { AUTH_JWT_SECRET: 'x'.repeat(32) },
    { AUTH_JWKS_URL: 'https://id.example.com/keys' },
    { AUTH_ISSUER: 'https://id.example.com' },
    { AUTH_AUDIENCE: 'shearwater' },
    { HOST: '0.0.0.0' },
    { HOST: '::' },
    { HOST: '192.168.1.5' },
    { HOST: 'db.example.com' },
    { PROXY_HOPS: '1' },
    { ALLOWED_ORIGINS: 'https://app.example.com' },
    { NODE_ENV: 'production' },
  ])('and none with %o', (env) => {
    expect(opensSignedIn(readSettings(env))).toBe(false);
  });
});
