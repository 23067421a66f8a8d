import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type CursorStore,
  createShearwater,
  type HaircutNotice,
  type Shearwater,
  type ShearwaterOptions,
} from '../../src/client/index.ts';
import { TcpProxy } from '../campaign/proxy.ts';
import { succeed } from '../support/api.ts';
import { eventually, within } from '../support/eventually.ts';
import { settleOne, winnerRef, winnersBook } from '../support/notice-book.ts';
import { type Change, startRelay } from '../support/relay.ts';
import {
  admin,
  type Caller,
  type Claims,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';
import { Taking } from '../support/taking.ts';

let server: TestServer;
let root: Caller;
let venue: Caller;
beforeAll(async () => {
  server = await startTestServer();
  root = await server.caller(admin);
  venue = await server.caller(integrator);
});
afterAll(() => server.close());

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function clientOf(claims: Claims, options: Partial<ShearwaterOptions> = {}): Promise<Shearwater> {
  const client = createShearwater({ url: server.url, token: await signToken(claims), ...options });
  undo.push(() => client.close());
  return client;
}

/** A client whose sockets lose, repeat or forge what `change` says. */
async function through(change: Change, claims: Claims = integrator): Promise<Shearwater> {
  const relay = await startRelay(server.url, change);
  undo.push(() => relay.close());
  return clientOf(claims, { url: relay.url });
}

function memory(cursor: string | null = null): CursorStore & { cursor: string | null } {
  return {
    cursor,
    load() {
      return this.cursor;
    },
    save(next) {
      this.cursor = next;
    },
  };
}

let pools = 0;
/** A pool of its own, with so many winners and as many settlements, whose sequences are answered. */
async function settled(winners: number, rounds: number): Promise<{ pool: string; sequences: string[] }> {
  const pool = `pool-${++pools}`;
  await winnersBook(root, venue, pool, winners);
  const sequences = [];
  for (let round = 0; round < rounds; round++) {
    sequences.push((await settleOne(venue, pool, round, winners * 2)).sequence);
  }
  return { pool, sequences };
}

const seen = (notices: readonly HaircutNotice[]) =>
  notices.map(({ sequence, haircut }) => `${haircut.account.ref}@${sequence}`);

const expected = (winners: number, sequences: readonly string[]) =>
  sequences.flatMap((sequence) => Array.from({ length: winners }, (_, i) => `${winnerRef(i)}@${sequence}`));

describe('haircuts', () => {
  test('of all accounts are replayed from a number on, and go on live', async () => {
    const { pool, sequences } = await settled(3, 2);
    const client = await clientOf(integrator);
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    await taking.until(6);
    sequences.push((await settleOne(venue, pool, 'live', 6)).sequence);
    expect(seen(await taking.until(9))).toEqual(expected(3, sequences));
  });

  test('begin now without a place, and the place is kept before the first', async () => {
    const { pool } = await settled(2, 1);
    const store = memory();
    const client = await clientOf(integrator);
    const taking = new Taking(client.haircuts({ pool, store }));
    const kept = await eventually('a place', () => store.cursor);
    expect(kept).toBe((await client.pool(pool))!.sequence);
    client.close();
    await taking.ended;
    // What commits while nobody listens is told to who comes back.
    const { sequence } = await settleOne(venue, pool, 'missed', 4);
    const back = new Taking((await clientOf(integrator)).haircuts({ pool, store }));
    expect(seen(await back.until(2))).toEqual(expected(2, [sequence]));
  });

  test('count as handled when the next is asked for, and not before', async () => {
    const { pool, sequences } = await settled(3, 1);
    const store = memory('0');
    const iterator = (await clientOf(integrator)).haircuts({ pool, store });
    const first = (await iterator.next()).value!;
    expect(store.cursor).toBe('0');
    await iterator.next();
    expect(store.cursor).toBe(first.cursor);
    await iterator.return();
    const again = new Taking((await clientOf(integrator)).haircuts({ pool, store }));
    expect(seen(await again.until(2))).toEqual(expected(3, sequences).slice(1));
  });

  test('of a trader are its own, and those that it names', async () => {
    const { pool, sequences } = await settled(3, 1);
    const client = await clientOf(trader(`owner-${winnerRef(1)}`));
    for (const accounts of [undefined, [winnerRef(1)]]) {
      const taking = new Taking(client.haircuts({ pool, accounts, after: '0' }));
      expect(seen(await taking.until(1))).toEqual([`${winnerRef(1)}@${sequences[0]}`]);
    }
  });

  test('end quietly when the signal aborts, while one is waited for', async () => {
    const { pool } = await settled(1, 1);
    const client = await clientOf(integrator);
    const stop = new AbortController();
    const taking = new Taking(client.haircuts({ pool, after: '0', signal: stop.signal }));
    await taking.until(1);
    stop.abort();
    await within('the end', taking.ended);
    expect(taking.end).toBeNull();
  });

  test('end quietly when the client is closed, while a connection is opened in vain too', async () => {
    const proxy = await TcpProxy.start(() => Number(new URL(server.url).port));
    undo.push(() => proxy.close());
    proxy.stall();
    const client = await clientOf(integrator, { url: `http://127.0.0.1:${proxy.port}` });
    const taking = new Taking(client.haircuts({ pool: 'any', after: '0' }));
    await eventually('it connects', () => proxy.count > 0);
    client.close();
    await within('the end', taking.ended);
    expect(taking.end).toBeNull();
    proxy.heal();
    await eventually('nothing is left open', () => proxy.count === 0);
  });

  test.each([
    ['an unknown pool', integrator, { pool: 'nowhere' }, 'BAD_USER_INPUT'],
    ['an unknown pool from a place on', integrator, { pool: 'nowhere', after: '1' }, 'BAD_USER_INPUT'],
    ['a place that is none', integrator, { after: '!' }, 'BAD_USER_INPUT'],
    ['a place beyond the last', integrator, { after: '999999' }, 'BAD_USER_INPUT'],
    ["others' accounts", trader('owner-nobody'), { accounts: [winnerRef(0)] }, 'FORBIDDEN'],
    ['no role', { sub: 'x' }, { after: '0' }, 'FORBIDDEN'],
  ] as const)('end with an error for %s', async (_, claims, options, code) => {
    const { pool } = await settled(1, 0);
    const client = await clientOf(claims);
    await expect(within('an error', client.haircuts({ pool, ...options }).next())).rejects.toMatchObject({
      code,
    });
  });
});

describe('a token', () => {
  test('that expires in mid-stream is renewed, and nothing is missed', async () => {
    const { pool, sequences } = await settled(2, 1);
    let given = 0;
    const token = () => signToken({ ...integrator, expiresIn: ++given === 1 ? 2 : 3_600 });
    const client = await clientOf(integrator, { token });
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    await taking.until(2);
    await eventually('another token', () => given === 2);
    sequences.push((await settleOne(venue, pool, 'after', 4)).sequence);
    expect(seen(await taking.until(4))).toEqual(expected(2, sequences));
    expect(given).toBe(2);
  });

  test('that cannot be renewed ends the stream with an error', async () => {
    const { pool } = await settled(1, 1);
    const short = createShearwater({
      url: server.url,
      token: await signToken({ ...integrator, expiresIn: 2 }),
    });
    undo.push(() => short.close());
    const taking = new Taking(short.haircuts({ pool, after: '0' }));
    await within('the end', taking.ended);
    expect(taking.end).toMatchObject({ code: 'UNAUTHENTICATED', message: 'the token has expired' });
    expect(taking.taken).toHaveLength(1);
  });

  // The server's clock is allowed to differ by some seconds: then it takes the socket, and closes it at once.
  test.each([-1, -60])(
    'of %i s is renewed a few times, and then ends the stream with an error',
    async (expiresIn) => {
      const { pool } = await settled(1, 0);
      let given = 0;
      const token = () => {
        given++;
        return signToken({ ...integrator, expiresIn });
      };
      const client = await clientOf(integrator, { token });
      const refused = client.haircuts({ pool, after: '0' }).next();
      await expect(within('an error', refused)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(given).toBe(5);
    },
  );
});

/** Is a message a notice of that account at that sequence? */
const isOf = (ref: string, sequence: string) => (message: string) =>
  message.includes('"next"') &&
  message.includes(`"ref":"${ref}"`) &&
  message.includes(`"sequence":"${sequence}"`);

describe('notices that are lost, repeated or forged on the way', () => {
  test('are asked for again where they are missing, and told in the order of their account', async () => {
    const { pool, sequences } = await settled(2, 3);
    let lost = 0;
    const isLost = isOf(winnerRef(0), sequences[1]!);
    const client = await through((message) => (isLost(message) && ++lost === 1 ? [] : [message]));
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    const notices = await taking.until(6);
    expect(lost).toBe(2);
    expect(seen(notices).toSorted()).toEqual(expected(2, sequences).toSorted());
    const own = notices.filter(({ haircut }) => haircut.account.ref === winnerRef(0));
    expect(own.map(({ sequence }) => sequence)).toEqual(sequences);
  });

  test('are missed right after the cursor that a store kept too', async () => {
    const { pool, sequences } = await settled(1, 3);
    const store = memory('0');
    const first = await clientOf(integrator);
    const before = new Taking(first.haircuts({ pool, store }));
    await before.until(3);
    await eventually('the last cursor', () => store.cursor!.startsWith(`${sequences[2]}@`));
    first.close();
    for (const round of ['lost', 'heard']) sequences.push((await settleOne(venue, pool, round, 2)).sequence);
    let lost = 0;
    const isLost = isOf(winnerRef(0), sequences[3]!);
    const client = await through((message) => (isLost(message) && ++lost === 1 ? [] : [message]));
    const after = new Taking(client.haircuts({ pool, store }));
    expect(seen(await after.until(2))).toEqual(expected(1, sequences.slice(3)));
    expect(lost).toBe(2);
  });

  test('end the stream where they are not told again', async () => {
    const { pool, sequences } = await settled(1, 3);
    const isLost = isOf(winnerRef(0), sequences[1]!);
    const client = await through((message) => (isLost(message) ? [] : [message]));
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    await within('the end', taking.ended);
    expect(taking.end).toMatchObject({ code: 'GAP' });
    expect(seen(taking.taken)).toEqual(expected(1, sequences.slice(0, 1)));
  });

  test('are told once', async () => {
    const { pool, sequences } = await settled(2, 2);
    const client = await through((message) => (message.includes('"next"') ? [message, message] : [message]));
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    await taking.until(4);
    sequences.push((await settleOne(venue, pool, 'last', 4)).sequence);
    expect(seen(await taking.until(6))).toEqual(expected(2, sequences));
  });
});

describe('proofs', () => {
  test('are checked where that is asked for, of refunds too', async () => {
    const { pool, sequences } = await settled(3, 1);
    await succeed(root, 'reverseSettlement', {
      ...{ pool, idempotencyKey: 'back', settlement: sequences[0], reason: 'a test' },
    });
    const client = await clientOf(trader(`owner-${winnerRef(0)}`));
    const taking = new Taking(client.haircuts({ pool, after: '0', verify: true }));
    const notices = await taking.until(2);
    expect(notices.map(({ kind }) => kind)).toEqual(['HAIRCUT', 'REVERSAL']);
    expect(
      notices.every(({ haircut }) => haircut.proof?.document.includes('shearwater-haircut-proof/1')),
    ).toBe(true);
  });

  test.each([
    [
      'an amount that is another',
      /("cap":"[^"]*","amount":")2\./g,
      '$13.',
      /the amount is 3\.000000, and the proof that it is 2\.000000/,
    ],
    ['a proof that was changed', /(\\"salt\\":\\")./g, '$1z', /salt/],
    ['no proof', /"proof":\{[^}]*\}+?"(?=\})?/g, '', /no proof/],
  ] as const)('end the stream with what does not hold: %s', async (what, pattern, other, message) => {
    const { pool } = await settled(2, 1);
    const forge = (text: string) => {
      if (!text.includes('"next"')) return text;
      if (what !== 'no proof') return text.replace(pattern, other);
      const json = JSON.parse(text);
      json.payload.data.haircutNotices.haircut.proof = null;
      return JSON.stringify(json);
    };
    const client = await through((text) => [forge(text)]);
    const taking = new Taking(client.haircuts({ pool, after: '0', verify: true }));
    await within('the end', taking.ended);
    expect(taking.end).toMatchObject({ code: 'PROOF_DOES_NOT_HOLD', message });
    expect(taking.taken).toEqual([]);
  });
});

describe('the other feeds', () => {
  test('losses tell what happened in the pool, and what is missing is asked for again', async () => {
    const { pool } = await settled(2, 2);
    let lost = 0;
    const client = await through((message) =>
      message.includes('"SETTLED"') && ++lost === 1 ? [] : [message],
    );
    const taking = new Taking(client.losses({ pool, after: '0' }));
    const kinds = (await taking.until(4)).map(({ kind }) => kind);
    expect(kinds).toEqual(['LOSS_OPENED', 'SETTLED', 'LOSS_OPENED', 'SETTLED']);
    expect(lost).toBeGreaterThan(2);
  });

  test('margin alerts begin with the first, and resume from the store', async () => {
    const { pool } = await settled(1, 0);
    const mark = (price: string) =>
      succeed(venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price }] });
    const store = memory();
    const listening = { pool, accounts: [winnerRef(0)], store };
    const client = await clientOf(integrator);
    const first = new Taking(client.marginAlerts(listening));
    await first.until(1);
    await mark('106');
    const told = await first.until(2);
    expect(told.map(({ health }) => health)).toEqual(['LIQUIDATABLE', 'MARGIN_CALL']);
    client.close();
    await first.ended;
    await mark('103');
    const [next] = await new Taking((await clientOf(integrator)).marginAlerts(listening)).until(1);
    expect(next).toMatchObject({ number: '3', previousNumber: '2', health: 'LIQUIDATABLE' });
  });

  test('a simulation tells how far it is until it ends', async () => {
    const { pool } = await settled(1, 0);
    const client = await clientOf(integrator);
    const { id } = await client.startSimulation({
      ...{
        pool,
        idempotencyKey: 's',
        paths: 64,
        model: { gbm: { markets: [{ market: 'BTC', volatility: 1 }] } },
      },
    });
    const taking = new Taking(client.simulationProgress(id));
    await within('the end', taking.ended);
    expect(taking.end).toBeNull();
    expect(taking.taken.at(-1)).toMatchObject({ status: 'DONE', progress: 1 });
    expect((await client.simulation(id))?.result?.paths).toBe(64);
  });
});
