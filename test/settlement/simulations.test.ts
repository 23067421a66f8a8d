import { beforeAll, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/database.ts';
import type { SimulationRow } from '../../src/db/rows.ts';
import { readForecastScore } from '../../src/settlement/forecasts.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import type { StartSimulationInput } from '../../src/settlement/simulation-input.ts';
import { SimulationRunner } from '../../src/settlement/simulation-runner.ts';
import {
  cancelSimulation,
  readSimulationData,
  readSimulationRow,
  startSimulation,
} from '../../src/settlement/simulations.ts';
import { eventually } from '../support/eventually.ts';
import { fresh, PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

/** Simulations as jobs: rows that whoever is there works off, and that end as they would have without the accident. */

const venue = venueForThisFile();
const problems: unknown[] = [];
const open: SimulationRunner[] = [];

const runner = (threads = 1) => {
  const made = new SimulationRunner({
    db: venue.db,
    clock: venue.clock,
    threads,
    onError: (error) => problems.push(error),
  });
  open.push(made);
  return made;
};

let pool: PoolUnderTest;
beforeAll(async () => {
  pool = await PoolUnderTest.create(venue, { decimals: 6 });
  await upsertMarkets(venue.runtime, {
    pool: pool.name,
    markets: ['BTC', 'ETH'].map((symbol) => ({
      symbol,
      initialMarginRate: '0.1',
      maintenanceMarginRate: '0.05',
    })),
  });
  for (const symbol of ['BTC', 'ETH']) await pool.mark(symbol, '100');
  for (let i = 0; i < 20; i++) {
    await pool.transfer(`t${i}`, 'DEPOSIT', 30 + 40 * i);
    await pool.position(`t${i}`, i % 3 === 0 ? 'ETH' : 'BTC', i % 2 === 0 ? 3 : -3, 100);
  }
  await pool.fund(10);
});

const MARKETS = ['BTC', 'ETH'].map((market) => ({ market, volatility: 0.8 }));
const BOTH = { gbm: { markets: MARKETS } };
const start = (input: Partial<StartSimulationInput> = {}, subject = fresh('subject')) =>
  startSimulation(
    venue.runtime,
    {
      pool: pool.name,
      idempotencyKey: fresh('key'),
      model: {
        gbm: {
          markets: MARKETS,
          correlation: [
            [1, 0.7],
            [0.7, 1],
          ],
        },
      },
      horizonDays: 20,
      steps: 2,
      paths: 4_000,
      ...input,
    },
    subject,
  );

const ended = (row: SimulationRow): Promise<SimulationRow> =>
  eventually('the end', async () => {
    const now = (await readSimulationRow(venue.db, row))!;
    return now.status === 'QUEUED' || now.status === 'RUNNING' ? null : now;
  });

const underWay = (row: SimulationRow) =>
  eventually('it is under way', async () => (await readSimulationRow(venue.db, row))!.status === 'RUNNING');

const outcome = async (row: SimulationRow) => {
  const done = await ended(row);
  expect(done).toMatchObject({ status: 'DONE', problem: null, batchesDone: done.batches });
  const columns = await readSimulationData(venue.db, row, 'columns');
  return { result: done.result, columns: Buffer.from(columns!).toString('base64') };
};

describe('the same digits', () => {
  test('for one thread and for three, and after another process took it up', async () => {
    const outcomes = [];
    for (const threads of [1, 3]) {
      const at = runner(threads);
      const row = await start({ sampling: 'SOBOL' });
      at.wake();
      outcomes.push(await outcome(row));
      await at.close();
    }
    // A process that lets go in the middle, and the next.
    const first = runner();
    const row = await start({ sampling: 'SOBOL', paths: 200_000 });
    first.wake();
    await underWay(row);
    await first.close();
    expect(await readSimulationRow(venue.db, row)).toMatchObject({
      status: 'QUEUED',
      heldBy: null,
      batchesDone: 0,
    });
    const second = runner(2);
    second.wake();
    const again = await outcome(row);
    const whole = await start({ sampling: 'SOBOL', paths: 200_000 });
    second.wake();
    expect(await outcome(whole)).toEqual(again);
    await second.close();
    expect(outcomes[0]).toEqual(outcomes[1]);
  }, 60_000);

  test('when the database went away as it was about to be kept', async () => {
    const row = await start();
    const other = await start();
    const at = runner();
    await venue.sql.begin(async (sql) => {
      await sql`lock table simulation_data in share mode`;
      at.wake();
      const pid = await eventually('a result that waits', async () => {
        const [found] = await venue.sql`
          select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
            and query like '%delete from simulation_data%'`;
        return found?.pid as number | undefined;
      });
      await sql`select pg_terminate_backend(${pid})`;
      // Its hold need not be waited for.
      await sql`
        update simulations set held_until = now() - interval '1 second'
        where pool_id = ${row.poolId} and simulation_no = ${row.simulationNo}`;
    });
    at.wake();
    expect(await outcome(row)).toEqual(await outcome(other));
    await at.close();
    expect(problems.splice(0)).toHaveLength(1);
  }, 30_000);

  test('after a process that died: what nobody speaks for is begun anew', async () => {
    const row = await start();
    await venue.sql`
      update simulations set status = 'RUNNING', attempts = 1, batches_done = 3, held_by = 'gone', held_until = now() - interval '1 second'
      where pool_id = ${row.poolId} and simulation_no = ${row.simulationNo}`;
    const other = await start();
    const at = runner();
    at.wake();
    expect(await outcome(row)).toEqual(await outcome(other));
    // And one that always brings its process down is given up.
    const bad = await start();
    await venue.sql`
      update simulations set status = 'RUNNING', attempts = 5, held_by = 'gone', held_until = now() - interval '1 second'
      where pool_id = ${bad.poolId} and simulation_no = ${bad.simulationNo}`;
    at.wake();
    expect(await ended(bad)).toMatchObject({
      status: 'FAILED',
      problem: expect.stringMatching(/^The simulation was begun several times/),
    });
    expect(await readSimulationData(venue.db, bad, 'book')).toBeNull();
    await at.close();
  }, 30_000);
});

test('works on the pool as it stood, whatever happens meanwhile', async () => {
  const before = await start();
  const same = { idempotencyKey: fresh('key') };
  const first = await start(same, 'asker');
  await pool.mark('BTC', '60');
  await pool.fund(1_000);
  const after = await start();
  expect(after.sequence).toBeGreaterThan(before.sequence);
  expect(await start(same, 'asker')).toEqual(first);
  const at = runner();
  at.wake();
  const [a, b, c] = [await outcome(before), await outcome(first), await outcome(after)];
  expect(a).toEqual(b);
  expect(c.result).not.toEqual(a.result);
  await pool.mark('BTC', '100');
  await at.close();
}, 30_000);

test('is stopped where it is cancelled, in this process or in another', async () => {
  const at = runner();
  const row = await start({ paths: 2_000_000, steps: 20 });
  at.wake();
  await underWay(row);
  // As if another process were asked: this one finds out by itself.
  expect((await cancelSimulation(venue.runtime, row)).status).toBe('CANCELLED');
  expect(await readSimulationData(venue.db, row, 'book')).toBeNull();
  const next = await start();
  at.wake();
  await outcome(next);
  expect(await cancelSimulation(venue.runtime, next)).toMatchObject({ status: 'DONE' });
  await at.close();
}, 30_000);

test('one caller has two under way, and no more', async () => {
  const rows = [await start({}, 'busy'), await start({}, 'busy')];
  expect(await refusalOf(start({}, 'busy'))).toEqual({ code: 'LIMIT_EXCEEDED', path: ['input'] });
  await start({}, 'other').then((row) => rows.push(row));
  await cancelSimulation(venue.runtime, rows[0]!);
  rows.push(await start({}, 'busy'));
  for (const row of rows) await cancelSimulation(venue.runtime, row);
});

test('and no more in several pools at once, nor waits for what goes on in a pool', async () => {
  const other = await PoolUnderTest.create(venue);
  const model = { scenarios: { markets: ['PNL'], scenarios: [{ returns: [0], probability: 1 }] } };
  const calls = [pool, pool, other, other, pool, other].map(({ name }) =>
    start({ pool: name, model: name === pool.name ? BOTH : model }, 'eager').catch((error) => error.code),
  );
  const answers = await Promise.all(calls);
  expect(answers.filter((answer) => answer === 'LIMIT_EXCEEDED')).toHaveLength(4);
  for (const row of answers) if (typeof row === 'object') await cancelSimulation(venue.runtime, row);
  // As a settlement holds it.
  await inTransaction(venue.db, 'read committed', async (sql) => {
    await sql`select from pools where name = ${pool.name} for no key update`;
    await cancelSimulation(venue.runtime, await start());
  });
});

test('refused before anything is kept', async () => {
  const count = async () => (await venue.sql`select count(*)::int as n from simulations`)[0]!.n;
  const before = await count();
  const diffusion = (markets: object[], more: object = {}) =>
    ({ gbm: { markets, ...more } }) as StartSimulationInput['model'];
  const cases: [Partial<StartSimulationInput>, (string | number)[]][] = [
    [{ paths: 1e7, steps: 1_000 }, ['paths']],
    [{ horizonDays: 0 }, ['model', 'horizonDays']],
    [{ steps: 0 }, ['model', 'steps']],
    [{ model: diffusion([{ market: 'BTC', volatility: Number.NaN }, MARKETS[1]!]) }, ['model', 'vols', 0]],
    [{ model: diffusion([MARKETS[0]!]) }, ['model']],
    [
      {
        model: diffusion([...MARKETS], {
          correlation: [
            [1, 2],
            [2, 1],
          ],
        }),
      },
      ['model', 'correlation', 0, 1],
    ],
    [{ slippage: '1.5' }, ['slippage']],
    [{ fundSizes: [] }, ['fundSizes']],
  ];
  for (const [input, path] of cases) {
    const { code, path: seen } = await refusalOf(start(input));
    expect([code, seen?.slice(0, 1 + path.length)]).toEqual(['INVALID_INPUT', ['input', ...path]]);
  }
  expect(
    await refusalOf(start({ model: diffusion([{ market: 'DOGE', volatility: 1 }, ...MARKETS]) })),
  ).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await count()).toBe(before);
});

test('rules that are not pro rata are settled path by path, and bounded by that', async () => {
  const other = await PoolUnderTest.create(venue, { decimals: 2, rules: { method: 'TALMUD' } });
  await other.market('BTC');
  await other.mark('BTC', '100');
  await other.transfer('long', 'DEPOSIT', 20);
  await other.position('long', 'BTC', 1, 100);
  for (const ref of ['a', 'b']) {
    await other.transfer(ref, 'DEPOSIT', 100);
    await other.position(ref, 'BTC', ref === 'a' ? '-0.7' : '-0.3', 100);
  }
  const input = (more: object) => ({
    pool: other.name,
    idempotencyKey: fresh('key'),
    model: {
      scenarios: {
        markets: ['BTC'],
        scenarios: [
          { returns: [-0.3], probability: 0.25 },
          { returns: [0.1], probability: 0.75 },
        ],
      },
    },
    ...more,
  });
  const row = await startSimulation(venue.runtime, input({}), 'quant');
  const at = runner();
  at.wake();
  const { result } = await outcome(row);
  // At 70 the long owes 10, and a won 21 and b 9: by the Talmud rule 5.5 and 4.5, for b has given up half of its 9.
  const said = JSON.parse(result!);
  expect(said.probabilityOfSocialization).toEqual({ value: 0.25, standardError: null });
  expect(said.expectedSocialized.value).toBeCloseTo(2.5, 12);
  await at.close();
  const walk = { gbm: { markets: [{ market: 'BTC', volatility: 1 }] } };
  expect(
    await refusalOf(startSimulation(venue.runtime, input({ model: walk, paths: 1e7, steps: 100 }), 'quant')),
  ).toEqual({
    code: 'INVALID_INPUT',
    path: ['input', 'paths'],
  });
}, 30_000);

test('each settlement keeps what the last simulation had said of it', async () => {
  const other = await PoolUnderTest.create(venue, { decimals: 2 });
  await other.market('BTC');
  await other.mark('BTC', '100');
  await other.transfer('long', 'DEPOSIT', 20);
  await other.position('long', 'BTC', 1, 100);
  await other.transfer('short', 'DEPOSIT', 100);
  await other.position('short', 'BTC', -1, 100);
  // Rates of 1/3, 1/2 and 3/5, with 0.5, 0.3 and 0.1; on the rest nothing is lost.
  const scenarios = [
    [-0.3, 0.5],
    [-0.4, 0.3],
    [-0.5, 0.1],
    [0, 0.1],
  ].map(([change, probability]) => ({
    returns: [change!],
    probability: probability!,
  }));
  const row = await startSimulation(
    venue.runtime,
    { pool: other.name, idempotencyKey: fresh('key'), model: { scenarios: { markets: ['BTC'], scenarios } } },
    'quant',
  );
  const at = runner();
  at.wake();
  await outcome(row);
  await at.close();
  await other.mark('BTC', '60');
  await other.accounts('house');
  await other.report({ ref: 'e', account: 'long', takeoverAccount: 'house' });
  await other.settle();
  const score = await inTransaction(venue.db, 'repeatable read read only', async (sql) =>
    readForecastScore(sql, await other.poolId()),
  );
  expect(score).toMatchObject({ settlements: 1, recent: [{ rate: '0.5' }] });
  // A half ranks from 5/9 to 8/9 of what was lost at all.
  expect(Number(score.recent[0]!.rank)).toBeCloseTo(13 / 18, 12);
  expect(score.kolmogorovSmirnov).toBeCloseTo(13 / 18, 12);
  expect(score.levels.map(({ observed }) => observed)).toEqual([0, 0, 0, 1, 1, 1, 1]);
  const none = await inTransaction(venue.db, 'repeatable read read only', async (sql) =>
    readForecastScore(sql, await pool.poolId()),
  );
  expect(none).toMatchObject({ settlements: 0, meanRank: null, pValue: null });
}, 30_000);

test('nothing went wrong behind the scenes', () => {
  expect(problems).toEqual([]);
});
