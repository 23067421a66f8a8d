import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

/** The console's files: how they are served. What they do in a browser is tested in test/browser. */

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ isProduction: true });
});
afterAll(() => server?.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { headers });
const shell = async () => (await get('/')).text();
const script = async () => /src="(\/assets\/[^"]+\.js)"/.exec(await shell())![1]!;

describe('the console is served, in production too', () => {
  it.each(['/', '/pools/usd-perps', '/pools/a%2Fb/settlements/17', '/pools/v1.2', '/accounts', '/sign-in'])(
    'with the same shell at %s',
    async (path) => {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
      expect(await answer.text()).toBe(await shell());
    },
  );

  it('paints the frame before any script has run, and holds no script or style of its own', async () => {
    const html = await shell();
    expect(html).toContain('<header class="top">');
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
  });

  it.each([
    '/pool',
    '/wp-admin',
    '/assets',
    '/pools.html',
    '/index.html.br',
    '/.env',
    '/pools/../../package.json',
  ])('and nothing at %s but a sentence, or the shell where it is a page', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toMatch(/^not found: /);
  });

  it('says that a file of another version is not there, and lets nobody keep that', async () => {
    const answer = await get('/assets/index-00000000.js');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  it('takes no other method', async () => {
    const answer = await fetch(server.url, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('does not leave its folder', async () => {
    // fetch would tidy the path up before it is sent.
    for (const path of [
      '/assets/../../../package.json',
      '/assets/..%2f..%2f..%2fpackage.json',
      '/assets/%2e%2e/index.html',
    ]) {
      const status = await new Promise((resolve, reject) =>
        request(server.url, { path }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end(),
      );
      expect([path, status]).toEqual([path, 404]);
    }
  });
});

describe('caches', () => {
  it('keep what is named after its content for ever, and ask for the shell each time', async () => {
    const [page, asset] = [await get('/'), await get(await script())];
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const again = await get('/', { 'if-none-match': page.headers.get('etag')! });
    expect(again.status).toBe(304);
  });
});

describe('compression', () => {
  it.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ])('is as the browser takes it: %s', async (accepted, encoding) => {
    const answer = await get(await script(), { 'accept-encoding': accepted });
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(answer.headers.get('vary')).toMatch(/accept-encoding/i);
    expect(await answer.text()).toContain('Shearwater');
  });
});

describe('what a page may do', () => {
  it('is said with every answer', async () => {
    for (const path of ['/', '/pools/x', await script()]) {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("connect-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('holds for whom an origin is allowed too: files are nobody else’s', async () => {
    const other = await startTestServer({ allowedOrigins: ['https://app.example.com'] });
    try {
      const { headers } = await fetch(other.url, { headers: { origin: 'https://app.example.com' } });
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    } finally {
      await other.close();
    }
  });
});
