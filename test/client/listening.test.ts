import { describe, expect, test } from 'vitest';
import { createShearwater } from '../../src/client/index.ts';
import { TcpProxy } from '../campaign/proxy.ts';
import { succeed } from '../support/api.ts';
import { eventually, within } from '../support/eventually.ts';
import { giveBackTwo, settleOne, winnerRef } from '../support/notice-book.ts';
import { integrator, signToken, trader } from '../support/server.ts';
import { Taking } from '../support/taking.ts';
import { expected, Hearing, memory, seen } from './hearing.ts';

const hearing = new Hearing();

describe('haircuts', () => {
  test('of all accounts are replayed from a number on, and go on live', async () => {
    const { pool, sequences } = await hearing.settled(3, 2);
    const client = await hearing.clientOf(integrator);
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    await taking.until(6);
    sequences.push((await settleOne(hearing.venue, pool, 'live', 6)).sequence);
    expect(seen(await taking.until(9))).toEqual(expected(3, sequences));
  });

  test('begin now without a place, and the place is kept before the first', async () => {
    const { pool } = await hearing.settled(2, 1);
    const store = memory();
    const client = await hearing.clientOf(integrator);
    const taking = new Taking(client.haircuts({ pool, store }));
    const kept = await eventually('a place', () => store.cursor);
    expect(kept).toBe((await client.pool(pool))!.sequence);
    client.close();
    await taking.ended;
    // What commits while nobody listens is told to who comes back.
    const { sequence } = await settleOne(hearing.venue, pool, 'missed', 4);
    const back = new Taking((await hearing.clientOf(integrator)).haircuts({ pool, store }));
    expect(seen(await back.until(2))).toEqual(expected(2, [sequence]));
  });

  test('count as handled when the next is asked for, and not before', async () => {
    const { pool, sequences } = await hearing.settled(3, 1);
    const store = memory('0');
    const iterator = (await hearing.clientOf(integrator)).haircuts({ pool, store });
    const first = (await iterator.next()).value!;
    expect(store.cursor).toBe('0');
    await iterator.next();
    expect(store.cursor).toBe(`${first.cursor}#[["${winnerRef(0)}","${first.sequence}"]]`);
    await iterator.return();
    const again = new Taking((await hearing.clientOf(integrator)).haircuts({ pool, store }));
    expect(seen(await again.until(2))).toEqual(expected(3, sequences).slice(1));
  });

  test.each([
    ['as it is', (message: string) => [message]],
    ['that repeats each', (message: string) => [message, message]],
  ])(
    'of one commit that gives back what two settlements took are each told once, over a line %s',
    async (_, change) => {
      const { pool } = await hearing.settled(2, 0);
      const client = await hearing.through(change);
      const sequence = await giveBackTwo(hearing.venue, pool, 2);
      const taking = new Taking(client.haircuts({ pool, after: '0', verify: true }));
      const told = await taking.until(8);
      expect(
        told.slice(4).map((notice) => [notice.haircut.account.ref, notice.amount, notice.sequence]),
      ).toEqual(
        [0, 1].flatMap((i) =>
          ['1000.000000', '100.000000'].map((amount) => [winnerRef(i), amount, sequence]),
        ),
      );
      expect(new Set(told.map(({ cursor }) => cursor)).size).toBe(8);
      // Another after them, so that a ninth would have come before it.
      await settleOne(hearing.venue, pool, 'after', 2);
      expect((await taking.until(9))[8]!.kind).toBe('HAIRCUT');
    },
  );

  test.each([0, 1])('go on within a commit, after its notice %i of an account', async (index) => {
    const { pool } = await hearing.settled(1, 0);
    await giveBackTwo(hearing.venue, pool, 1);
    const store = memory('0');
    const iterator = (await hearing.clientOf(integrator)).haircuts({ pool, store });
    const told: string[] = [];
    for (let i = 0; i <= 2 + index; i++) told.push((await iterator.next()).value!.amount);
    await iterator.return();
    // The last was not handled: it comes again.
    const again = new Taking((await hearing.clientOf(integrator)).haircuts({ pool, store }));
    const rest = (await again.until(2 - index)).map(({ amount }) => amount);
    expect([...told.slice(0, -1), ...rest]).toEqual([
      '-1000.000000',
      '-100.000000',
      '1000.000000',
      '100.000000',
    ]);
  });

  test('of one commit are asked for again where the first of an account is missing', async () => {
    const { pool } = await hearing.settled(1, 0);
    const sequence = await giveBackTwo(hearing.venue, pool, 1);
    let lost = 0;
    const client = await hearing.through((message) =>
      message.includes('"REFUND"') && ++lost === 1 ? [] : [message],
    );
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    const told = (await taking.until(4)).map((notice) => [notice.amount, notice.sequence]);
    expect(told.slice(2)).toEqual([
      ['1000.000000', sequence],
      ['100.000000', sequence],
    ]);
    // What was lost is told again, and what came is told with it.
    expect(lost).toBeGreaterThan(2);
  });

  test('of a trader are its own, and those that it names', async () => {
    const { pool, sequences } = await hearing.settled(3, 1);
    const client = await hearing.clientOf(trader(`owner-${winnerRef(1)}`));
    for (const accounts of [undefined, [winnerRef(1)]]) {
      const taking = new Taking(client.haircuts({ pool, accounts, after: '0' }));
      expect(seen(await taking.until(1))).toEqual([`${winnerRef(1)}@${sequences[0]}`]);
    }
  });

  test('end quietly when the signal aborts, while one is waited for', async () => {
    const { pool } = await hearing.settled(1, 1);
    const client = await hearing.clientOf(integrator);
    const stop = new AbortController();
    const taking = new Taking(client.haircuts({ pool, after: '0', signal: stop.signal }));
    await taking.until(1);
    stop.abort();
    await within('the end', taking.ended);
    expect(taking.end).toBeNull();
  });

  test('end quietly when the client is closed, while a connection is opened in vain too', async () => {
    const proxy = await TcpProxy.start(() => Number(new URL(hearing.server.url).port));
    hearing.later(() => proxy.close());
    proxy.stall();
    const client = await hearing.clientOf(integrator, { url: `http://127.0.0.1:${proxy.port}` });
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
    const { pool } = await hearing.settled(1, 0);
    const client = await hearing.clientOf(claims);
    await expect(within('an error', client.haircuts({ pool, ...options }).next())).rejects.toMatchObject({
      code,
    });
  });
});

describe('a token', () => {
  test('that expires in mid-stream is renewed, and nothing is missed', async () => {
    const { pool, sequences } = await hearing.settled(2, 1);
    let given = 0;
    const token = () => signToken({ ...integrator, expiresIn: ++given === 1 ? 2 : 3_600 });
    const client = await hearing.clientOf(integrator, { token });
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    await taking.until(2);
    await eventually('another token', () => given === 2);
    sequences.push((await settleOne(hearing.venue, pool, 'after', 4)).sequence);
    expect(seen(await taking.until(4))).toEqual(expected(2, sequences));
    expect(given).toBe(2);
  });

  test('that cannot be renewed ends the stream with an error', async () => {
    const { pool } = await hearing.settled(1, 1);
    const short = createShearwater({
      url: hearing.server.url,
      token: await signToken({ ...integrator, expiresIn: 5 }),
    });
    hearing.later(() => short.close());
    const taking = new Taking(short.haircuts({ pool, after: '0' }));
    await within('the end', taking.ended);
    expect(taking.end).toMatchObject({ code: 'UNAUTHENTICATED', message: 'the token has expired' });
    expect(taking.taken).toHaveLength(1);
  });

  // The server's clock is allowed to differ by some seconds: then it takes the socket, and closes it at once.
  test.each([-1, -60])(
    'of %i s is renewed a few times, and then ends the stream with an error',
    async (expiresIn) => {
      const { pool } = await hearing.settled(1, 0);
      let given = 0;
      const token = () => {
        given++;
        return signToken({ ...integrator, expiresIn });
      };
      // A clock that stands: no try lasts so long that it counts as taken.
      const client = await hearing.clientOf(integrator, { token, world: { now: () => 0 } });
      const refused = client.haircuts({ pool, after: '0' }).next();
      await expect(within('an error', refused)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(given).toBe(5);
    },
  );
});

describe('the other feeds', () => {
  test('losses tell what happened in the pool, and what is missing is asked for again', async () => {
    const { pool } = await hearing.settled(2, 2);
    let lost = 0;
    const client = await hearing.through((message) =>
      message.includes('"SETTLED"') && ++lost === 1 ? [] : [message],
    );
    const taking = new Taking(client.losses({ pool, after: '0' }));
    const kinds = (await taking.until(4)).map(({ kind }) => kind);
    expect(kinds).toEqual(['LOSS_OPENED', 'SETTLED', 'LOSS_OPENED', 'SETTLED']);
    expect(lost).toBeGreaterThan(2);
  });

  test('margin alerts begin with the first, and resume from the store', async () => {
    const { pool } = await hearing.settled(1, 0);
    const mark = (price: string) =>
      succeed(hearing.venue, 'publishMarks', { pool, marks: [{ market: 'BTC', price }] });
    const store = memory();
    const listening = { pool, accounts: [winnerRef(0)], store };
    const client = await hearing.clientOf(integrator);
    const first = new Taking(client.marginAlerts(listening));
    await first.until(1);
    await mark('106');
    const told = await first.until(2);
    expect(told.map(({ health }) => health)).toEqual(['LIQUIDATABLE', 'MARGIN_CALL']);
    client.close();
    await first.ended;
    await mark('103');
    const [next] = await new Taking((await hearing.clientOf(integrator)).marginAlerts(listening)).until(1);
    expect(next).toMatchObject({ number: '3', previousNumber: '2', health: 'LIQUIDATABLE' });
  });

  test('a simulation tells how far it is until it ends', async () => {
    const { pool } = await hearing.settled(1, 0);
    const client = await hearing.clientOf(integrator);
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
