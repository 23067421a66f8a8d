import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  createShearwater,
  type KeyStore,
  memoryKeys,
  type Shearwater,
  type ShearwaterOptions,
} from '../../src/client/index.ts';
import { schema } from '../../src/graphql/schema.ts';
import { TcpProxy } from '../campaign/proxy.ts';
import { bankruptcy, openBook } from '../support/api.ts';
import {
  admin,
  type Claims,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await openBook(await server.caller(admin), await server.caller(integrator), {
    ...{ pool: 'pool', winners: { alice: 300, bob: 100 }, deficit: 100 },
  });
});
afterAll(() => server.close());

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const clientOf = async (claims: Claims, options: Partial<ShearwaterOptions> = {}): Promise<Shearwater> => {
  const client = createShearwater({ url: server.url, token: await signToken(claims), ...options });
  undo.push(() => client.close());
  return client;
};

describe('a mutation', () => {
  test('of the schema is a method, each of them', async () => {
    const client = await clientOf(integrator);
    const names = Object.keys(schema.getMutationType()!.getFields());
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => typeof client[name as keyof Shearwater] !== 'function')).toEqual([]);
  });

  test('answers with what was done', async () => {
    const venue = await clientOf(integrator);
    const { ref, status, deficit } = await venue.reportBankruptcy(bankruptcy('pool'));
    expect({ ref, status, deficit }).toEqual({ ref: 'loss-1', status: 'OPEN', deficit: '100.000000' });
  });

  test('that is refused throws what the server says', async () => {
    const venue = await clientOf(integrator);
    const refused = venue.settleLosses({ pool: 'nowhere', idempotencyKey: 'k' });
    await expect(refused).rejects.toMatchObject({
      name: 'Refusal',
      code: 'NOT_FOUND',
      path: ['input', 'pool'],
    });
  });

  test('that is forbidden or malformed throws the code of the contract', async () => {
    const alice = await clientOf(trader('owner-alice'));
    const forbidden = alice.settleLosses({ pool: 'pool', idempotencyKey: 'k' });
    await expect(forbidden).rejects.toMatchObject({ name: 'ShearwaterError', code: 'FORBIDDEN' });
    await expect(alice.ask('{ nothing }', {})).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('queries', () => {
  test('answer by name, with null for what is not there', async () => {
    const alice = await clientOf(trader('owner-alice'));
    expect(await alice.viewer()).toEqual({ subject: 'owner-alice', roles: ['TRADER'] });
    expect(await alice.pool('pool')).toMatchObject({ name: 'pool', asset: 'USDC' });
    expect(await alice.pool('nowhere')).toBeNull();
    expect(await alice.account('pool', 'alice')).toMatchObject({ ref: 'alice', unrealizedPnl: '300.000000' });
    expect(await alice.account('pool', 'bob')).toBeNull();
  });

  test('list everything, page by page', async () => {
    const venue = await clientOf(integrator);
    await (await clientOf(admin)).createPool({ name: 'many', asset: 'USDC', decimals: 6 });
    const accounts = Array.from({ length: 1_201 }, (_, i) => ({
      ref: `a${String(i).padStart(4, '0')}`,
      owner: 'o',
    }));
    await venue.upsertAccounts({ pool: 'many', accounts });
    const refs = [];
    for await (const { ref } of venue.accounts('many')) refs.push(ref);
    expect(refs).toEqual(accounts.map(({ ref }) => ref));
    await expect(venue.accounts('nowhere').next()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  test('take any document', async () => {
    const venue = await clientOf(integrator);
    expect(await venue.ask('query ($p: String!) { pool(name: $p) { decimals } }', { p: 'pool' })).toEqual({
      pool: { decimals: 6 },
    });
  });
});

describe('a token', () => {
  const expired = () => signToken({ ...integrator, expiresIn: -10 });

  test('is asked for once while it is good, and again when it is not', async () => {
    const given = [await expired(), await signToken(integrator)];
    let asked = 0;
    const venue = await clientOf(integrator, { token: () => given[asked++]! });
    await Promise.all([venue.viewer(), venue.viewer(), venue.viewer()]);
    expect(asked).toBe(2);
  });

  test('that cannot be renewed, or is refused anew, is an error', async () => {
    const refused = { code: 'UNAUTHENTICATED' };
    await expect((await clientOf(integrator, { token: await expired() })).viewer()).rejects.toMatchObject(
      refused,
    );
    await expect((await clientOf(integrator, { token: expired })).viewer()).rejects.toMatchObject(refused);
  });

  test('that could not be had is asked for again', async () => {
    let asked = 0;
    const token = async () => {
      if (++asked < 3) throw new Error('the provider is away');
      return signToken(integrator);
    };
    const told: string[] = [];
    const venue = await clientOf(integrator, { token, onRetry: ({ message }) => told.push(message) });
    expect(await venue.viewer()).toMatchObject({ subject: 'venue' });
    expect(told).toEqual(Array(2).fill('No token could be had: the provider is away'));
  });
});

describe('over a connection that breaks', () => {
  /** Lets requests through, and loses the next answers. */
  const losing = (answers: number) => {
    const sent: { query: string; variables: { input?: { idempotencyKey?: string } } }[] = [];
    const fetch: typeof globalThis.fetch = async (url, init) => {
      sent.push(JSON.parse(String(init!.body)));
      const response = await globalThis.fetch(url, init);
      if (sent.length > answers) return response;
      await response.text();
      throw new TypeError('fetch failed', { cause: new Error('the other side closed') });
    };
    return { fetch, sent };
  };

  test('a mutation with a key is sent again, with that key, and done once', async () => {
    const { fetch, sent } = losing(2);
    const venue = await clientOf(integrator, { fetch });
    const deposit = { account: 'alice', kind: 'DEPOSIT', amount: '5' } as const;
    const input = { pool: 'pool', idempotencyKey: 'deposit', transfers: [deposit] };
    const before = (await (await clientOf(integrator)).account('pool', 'alice'))!.balance;
    await venue.postTransfers(input);
    expect(sent.map(({ variables }) => variables.input?.idempotencyKey)).toEqual(Array(3).fill('deposit'));
    const after = (await venue.account('pool', 'alice'))!.balance;
    expect(Number(after) - Number(before)).toBe(5);
  });

  test('one without a key is not, as nobody knows whether it was done', async () => {
    const { fetch, sent } = losing(1);
    const venue = await clientOf(admin, { fetch });
    const lost = venue.createPool({ name: 'lost', asset: 'USDC', decimals: 6 });
    await expect(lost).rejects.toMatchObject({ code: 'UNREACHABLE', message: /the other side closed/ });
    expect(sent).toHaveLength(1);
    expect(await venue.pool('lost')).not.toBeNull();
  });

  test('a request that is not answered in time fails, or is tried again', async () => {
    const proxy = await TcpProxy.start(() => Number(new URL(server.url).port));
    undo.push(() => proxy.close());
    proxy.stall();
    const url = `http://127.0.0.1:${proxy.port}`;
    const slow = await clientOf(integrator, { url, timeoutMs: 50, retryMs: 0 });
    await expect(slow.viewer()).rejects.toMatchObject({ code: 'UNREACHABLE', message: /within 50 ms/ });
    const patient = await clientOf(integrator, { url, timeoutMs: 500, onRetry: () => proxy.heal() });
    expect(await patient.viewer()).toMatchObject({ subject: 'venue' });
  });

  test('a caller who no longer waits gets its own reason', async () => {
    const venue = await clientOf(integrator, { url: 'http://127.0.0.1:9' });
    const gone = new Error('enough');
    await expect(venue.ask('{ viewer { subject } }', {}, { signal: AbortSignal.abort(gone) })).rejects.toBe(
      gone,
    );
  });
});

/** As slow as a disk. */
function slowKeys(): KeyStore {
  const { load, save, delete: remove } = memoryKeys();
  const slowly =
    <Args extends unknown[], T>(work: (...args: Args) => T | Promise<T>) =>
    async (...args: Args): Promise<T> => {
      await new Promise((resolve) => setImmediate(resolve));
      return work(...args);
    };
  return { load: slowly(load), save: slowly(save), delete: slowly(remove) };
}

describe('once', () => {
  test('keeps the key before anything is sent, and sends the same when called again', async () => {
    const log: string[] = [];
    const kept = new Map<string, string>();
    const keys: KeyStore = {
      load: (name) => kept.get(name) ?? null,
      save: (name, key) => {
        log.push(`save ${key}`);
        kept.set(name, key);
      },
      delete: (name) => void kept.delete(name),
    };
    const venue = await clientOf(integrator, { keys });
    const settle = () =>
      venue.once('settle monday', (idempotencyKey) => {
        log.push(`send ${idempotencyKey}`);
        return venue.settleLosses({ pool: 'pool', idempotencyKey });
      });
    const first = await settle();
    // As after a crash: another client, the same keys.
    const second = await settle();
    expect(second.sequence).toBe(first.sequence);
    const key = kept.get('settle monday')!;
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(log).toEqual([`save ${key}`, `send ${key}`, `send ${key}`]);
    await venue.forget('settle monday');
    await expect(settle()).rejects.toMatchObject({ code: 'NOTHING_TO_SETTLE' });
    expect(kept.get('settle monday')).not.toBe(key);
  });

  test('sends one key where it is called twice at once, and makes another once that was let go of', async () => {
    const venue = await clientOf(integrator, { keys: slowKeys() });
    const sent: string[] = [];
    const send = () => venue.once('twice', async (idempotencyKey) => sent.push(idempotencyKey));
    await Promise.all([send(), send()]);
    await send();
    expect(new Set(sent).size).toBe(1);
    await venue.forget('twice');
    await send();
    expect(new Set(sent).size).toBe(2);
    await Promise.all([
      venue.once('a', async (key) => sent.push(key)),
      venue.once('b', async (key) => sent.push(key)),
    ]);
    expect(new Set(sent).size).toBe(4);
  });

  test('sends nothing where the key cannot be kept', async () => {
    const keys: KeyStore = {
      load: () => null,
      save: () => Promise.reject(new Error('the disk is full')),
      delete: () => {},
    };
    let sent = 0;
    const venue = await clientOf(integrator, { keys });
    await expect(venue.once('x', async () => sent++)).rejects.toThrow('the disk is full');
    expect(sent).toBe(0);
  });
});
