import { expect, test } from 'vitest';
import { contributeToFund } from '../../src/settlement/fund.ts';
import { upsertAccounts } from '../../src/settlement/pools.ts';
import { storedValue } from '../../src/settlement/positions.ts';
import { previewSettlement } from '../../src/settlement/preview.ts';
import { quantity } from '../../src/settlement/quantity.ts';
import type { Committed } from '../../src/settlement/transaction.ts';
import { checkInvariants, dump } from '../support/invariants.ts';
import { fresh, PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';
import { ModelPool, type ModelRules } from './model.ts';
import { Random } from './random.ts';

/*
 * Pools under random operations beside a model in memory. After every operation the rows must say what the model says,
 * and every promise of docs/invariants.md that rows can keep is checked again. A failure prints the seed and all that
 * was done: SHEARWATER_SEED=… runs it again.
 */

const venue = venueForThisFile();
const OPERATIONS = 150;
const SEEDS = process.env.SHEARWATER_SEED
  ? [Number(process.env.SHEARWATER_SEED)]
  : [20251010, 7, Math.floor(Math.random() * 2 ** 31)];
const UNIT = 10n ** 18n;
const LONG_AGO = '2025-10-10T20:00:00.000000Z';

/** An integer of 10^-digits as canonical decimal text. */
function text(value: bigint, digits: number): string {
  const magnitude = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
  const whole = magnitude.slice(0, magnitude.length - digits);
  const fraction = magnitude.slice(magnitude.length - digits).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${digits > 0 && fraction ? `.${fraction}` : ''}`;
}

interface World {
  readonly random: Random;
  readonly pool: PoolUnderTest;
  readonly model: ModelPool;
  /** Keyed calls that committed: asked again, they answer the same. */
  readonly answered: {
    readonly key: string;
    readonly call: () => Promise<Committed>;
    readonly answer: Committed;
  }[];
}

/** An operation that was made up: what it is in words, how to call it, and what the model expects of it. */
interface Operation {
  readonly words: string;
  readonly call: () => Promise<Committed>;
  /** The code that it is refused with, or what it changes in the model. */
  readonly expected: string | ((committed: Committed) => void | Promise<void>);
  readonly key?: string;
}

type Maker = (world: World) => Operation | null;

const active = ({ model }: World) =>
  [...model.accounts].filter(([, { status }]) => status === 'ACTIVE').map(([ref]) => ref);
const price = (random: Random, around: bigint): bigint => {
  const moved = (around * BigInt(random.int(600, 1500))) / 1000n + random.digits(random.pick([1, 12]));
  return moved;
};

const publishMarks: Maker = ({ random, pool, model }) => {
  const symbols = [...model.markets.keys()].filter((symbol) => symbol !== 'NEW' || random.chance(0.1));
  const chosen = random.some(symbols);
  if (chosen.length === 0) return null;
  const marks = chosen.map((symbol) => ({
    symbol,
    mark: price(random, model.markets.get(symbol)!.mark ?? 50n * UNIT),
  }));
  const late = random.chance(0.1) && chosen.every((symbol) => model.markets.get(symbol)!.mark !== null);
  const lines = marks.map(({ symbol, mark }) => ({
    market: symbol,
    price: text(mark, 18),
    ...(late ? { asOf: LONG_AGO } : {}),
  }));
  const key = fresh('key');
  return {
    words: `marks${late ? ', late' : ''}: ${lines.map((m) => `${m.market} ${m.price}`).join(', ')}`,
    key,
    call: () => pool.update({ marks: lines }, key),
    expected: () => {
      if (!late) for (const { symbol, mark } of marks) model.markets.get(symbol)!.mark = mark;
    },
  };
};

/** Two accounts trade: one's size rises by what the other's falls; what they realize is between them. */
const trade: Maker = (world) => {
  const { random, pool, model } = world;
  const refs = active(world);
  const buyer = random.pick(refs);
  if (refs.length < 2) return null;
  const seller = random.pick(refs.filter((ref) => ref !== buyer));
  const symbol = random.weighted([
    [10, 'BTC'],
    [10, 'ETH'],
    [0.3, 'NEW'],
  ]);
  const held = (ref: string) => model.accounts.get(ref)!.positions.get(symbol)?.size ?? 0n;
  const size =
    random.chance(0.3) && held(seller) !== 0n ? held(seller) : random.digits(random.pick([3, 20, 21])) + 1n;
  const at = price(random, model.markets.get(symbol)!.mark ?? 50n * UNIT);
  const pnl = random.chance(0.4) ? random.digits(model.decimals + 3) - random.digits(model.decimals + 3) : 0n;
  const lines = [
    { ref: buyer, size: held(buyer) + size, pnl },
    { ref: seller, size: held(seller) - size, pnl: -pnl },
  ];
  const late =
    random.chance(0.08) && [buyer, seller].every((ref) => model.accounts.get(ref)!.positions.has(symbol));
  const key = fresh('key');
  const positions = lines.map(({ ref, size }) => ({
    account: ref,
    market: symbol,
    size: text(size, 18),
    entryPrice: size === 0n ? '0' : text(at, 18),
    ...(late ? { asOf: LONG_AGO } : {}),
  }));
  const transfers = lines
    .filter(({ pnl }) => pnl !== 0n)
    .map(({ ref, pnl }) => ({
      account: ref,
      kind: 'REALIZED_PNL' as const,
      amount: text(pnl, model.decimals),
    }));
  return {
    words: `trade${late ? ', late' : ''}: ${positions.map((p) => `${p.account} ${p.size}`).join(', ')} ${symbol} at ${text(at, 18)}, pnl ${pnl}`,
    key,
    call: () => pool.update({ positions, transfers }, key),
    expected: () => {
      for (const { ref, size, pnl } of lines) {
        if (!late) model.setPosition(ref, symbol, size, size === 0n ? 0n : at);
        model.transfer(ref, pnl, true);
      }
      for (const { ref, size } of lines) if (size === 0n) model.endBurdenIfFlat(ref);
    },
  };
};

const KINDS = ['DEPOSIT', 'WITHDRAWAL', 'REALIZED_PNL', 'FEE', 'FUNDING'] as const;

const transfers: Maker = (world) => {
  const { random, pool, model } = world;
  const items = Array.from({ length: random.int(1, 3) }, () => {
    const kind = random.pick(KINDS);
    const magnitude = random.digits(model.decimals + 4) + 1n;
    const below = kind === 'WITHDRAWAL' || (kind !== 'DEPOSIT' && random.chance(0.6));
    return { ref: random.pick(active(world)), kind, amount: below ? -magnitude : magnitude };
  });
  const after = new Map<string, bigint>();
  for (const { ref, amount } of items)
    after.set(ref, (after.get(ref) ?? model.accounts.get(ref)!.balance) + amount);
  const withdrawing = items.filter(({ kind }) => kind === 'WITHDRAWAL').map(({ ref }) => ref);
  const short = withdrawing.some((ref) => {
    const balance = after.get(ref)!;
    return balance < 0n || balance + model.unrealized(ref) < model.initialMargin(ref);
  });
  const gated = withdrawing.length > 0 && model.rules.gated && model.openEvents.length > 0;
  const key = fresh('key');
  return {
    words: `transfers: ${items.map(({ ref, kind, amount }) => `${ref} ${kind} ${amount}`).join(', ')}`,
    key,
    call: () =>
      pool.transfers(
        items.map(({ ref, kind, amount }) => ({ account: ref, kind, amount: text(amount, model.decimals) })),
        key,
      ),
    expected: gated
      ? 'WITHDRAWALS_GATED'
      : short
        ? 'INSUFFICIENT_FUNDS'
        : () => {
            const net = new Map<string, bigint>();
            for (const { ref, kind, amount } of items) {
              model.transfer(ref, amount, false);
              if (kind === 'REALIZED_PNL') net.set(ref, (net.get(ref) ?? 0n) + amount);
            }
            for (const [ref, amount] of net) model.accounts.get(ref)!.history.push({ realized: amount });
          },
  };
};

const contribution: Maker = ({ random, pool, model }) => {
  const amount = random.digits(model.decimals + 3) + 1n;
  const kind = random.pick(['LIQUIDATION_FEE', 'OPERATOR_CONTRIBUTION'] as const);
  const key = fresh('key');
  return {
    words: `fund: ${kind} ${amount}`,
    key,
    call: () =>
      contributeToFund(venue.runtime, {
        pool: pool.name,
        idempotencyKey: key,
        amount: text(amount, model.decimals),
        kind,
      }),
    expected: () => {
      model.fund += amount;
    },
  };
};

const bankruptcy: Maker = (world) => {
  const { random, pool, model } = world;
  const candidates = active(world).filter((ref) => ref !== 'house');
  const broke = candidates.filter((ref) => model.equity(ref) < 0n);
  if (candidates.length < 3 || (broke.length === 0 && random.chance(0.8))) return null;
  const account = broke.length > 0 && random.chance(0.9) ? random.pick(broke) : random.pick(candidates);
  const others = candidates.filter((ref) => ref !== account);
  const takeover = random.chance(0.8) ? 'house' : random.chance(0.8) ? random.pick(others) : null;
  const prices = new Map(
    random
      .some(model.holdings(account))
      .map(({ symbol, market }) => [symbol, price(random, market.mark ?? UNIT)]),
  );
  const holds = model.holdings(account).length > 0;
  const event = `event-${model.events.size + 1}`;
  const key = fresh('key');
  return {
    words: `bankruptcy ${event} of ${account}, taken over by ${takeover}, at ${[...prices].map(([s, p]) => `${s} ${text(p, 18)}`)}`,
    key,
    call: () =>
      pool.report(
        {
          ref: event,
          account,
          takeoverAccount: takeover,
          ...(prices.size > 0
            ? { closeouts: [...prices].map(([market, at]) => ({ market, price: text(at, 18) })) }
            : {}),
        },
        key,
      ),
    expected:
      model.unmarked(account) || (holds && takeover === null)
        ? 'INVALID_INPUT'
        : model.deficitAt(account, prices) <= 0n
          ? 'NOT_BANKRUPT'
          : () => model.bankrupt(event, account, takeover, prices),
  };
};

const settlement: Maker = ({ random, pool, model }) => {
  const uncovered = [...model.events].filter(([, event]) => event.uncovered > 0n).map(([ref]) => ref);
  const choice = random.chance(0.9) ? uncovered : [...model.events.keys()];
  const named = random.chance(0.5) ? random.some(choice) : null;
  if ((named ?? model.openEvents).length === 0 && random.chance(0.8)) return null;
  const refs = named ?? model.openEvents;
  const covered = refs.some((ref) => model.events.get(ref)!.uncovered === 0n);
  const key = fresh('key');
  return {
    words: `settle ${named ? named.join(', ') || 'an empty list' : 'all that is open'}`,
    key,
    call: () => pool.settle(named ?? undefined, key),
    expected:
      refs.length === 0
        ? 'NOTHING_TO_SETTLE'
        : covered
          ? 'LOSS_ALREADY_SETTLED'
          : async (committed) => {
              const expected = model.settle(refs, committed.sequence);
              const seen = await pool.settlement(committed);
              expect(seen).toMatchObject({
                draw: expected.draw,
                socialized: expected.socialized,
                uncovered: expected.uncovered,
                claims: expected.claims,
              });
              expect(new Map(Object.entries(seen.haircuts))).toEqual(expected.haircuts);
              expect(committed.count).toBe(expected.haircuts.size);
            },
  };
};

const newAccount: Maker = (world) => {
  const { random, pool, model } = world;
  const known = active(world).length > 9 || random.chance(0.2);
  const ref = known
    ? random.pick([...model.accounts.keys()])
    : `${random.pick(['acc', 'é', '\u{1f600}', '\uff01'])}-${model.accounts.size}`;
  const owner = known && random.chance(0.3) ? 'thief' : ref;
  return {
    words: `account ${ref} of ${owner}`,
    call: () => upsertAccounts(venue.runtime, { pool: pool.name, accounts: [{ ref, owner }] }),
    expected: owner !== ref ? 'INVALID_INPUT' : () => void (known || model.addAccount(ref)),
  };
};

/** A call that is wrong somewhere behind what is right. */
const nonsense: Maker = (world) => {
  const { random, pool, model } = world;
  const someone = random.pick(active(world));
  const bankrupt = [...model.accounts].find(([, { status }]) => status === 'BANKRUPT')?.[0];
  const good = { account: someone, kind: 'DEPOSIT', amount: '1' } as const;
  const [words, expected, call] = random.pick<[string, string, () => Promise<Committed>]>([
    ['a transfer to nobody', 'NOT_FOUND', () => pool.transfers([good, { ...good, account: 'nobody' }])],
    ['a transfer of nothing', 'INVALID_INPUT', () => pool.transfers([good, { ...good, amount: '0' }])],
    [
      'a negative mark',
      'INVALID_INPUT',
      () => pool.update({ marks: [{ market: 'BTC', price: '-1' }], transfers: [good] }),
    ],
    [
      'a mark of no market',
      'NOT_FOUND',
      () => pool.update({ marks: [{ market: 'DOGE', price: '1' }], transfers: [good] }),
    ],
    ['a settlement of no event', 'NOT_FOUND', () => pool.settle(['none'])],
    ...(bankrupt
      ? ([
          [
            'a transfer to a bankrupt',
            'ACCOUNT_NOT_ACTIVE',
            () => pool.transfers([good, { ...good, account: bankrupt }]),
          ],
          ['a bankrupt twice', 'ACCOUNT_NOT_ACTIVE', () => pool.report({ ref: 'twice', account: bankrupt })],
        ] as [string, string, () => Promise<Committed>][])
      : []),
  ]);
  return { words, call, expected };
};

const replayed: Maker = ({ random, pool, answered }) => {
  if (answered.length === 0) return null;
  const { key } = random.pick(answered);
  return {
    words: `the key ${key} with another input`,
    call: () => pool.transfers([{ account: 'house', kind: 'DEPOSIT', amount: '12345' }], key),
    expected: 'IDEMPOTENCY_CONFLICT',
  };
};

const MAKERS: [number, Maker][] = [
  [6, publishMarks],
  [10, trade],
  [4, transfers],
  [2, contribution],
  [7, bankruptcy],
  [5, settlement],
  [1, newAccount],
  [1, nonsense],
  [1, replayed],
];

/** What the rows say, in the shape of the model's picture. */
async function picture(pool: PoolUnderTest) {
  const { sql } = venue;
  const id = await pool.poolId();
  const [row] = await sql`select sequence, fund_balance from pools where pool_id = ${id}`;
  const accounts = await sql`select * from account_state where pool_id = ${id}`;
  const positions = await sql`
    select a.ref, m.symbol, s.size, s.cost from positions s join accounts a using (pool_id, account_no)
    join markets m using (pool_id, market_no) where s.pool_id = ${id}`;
  const events = await sql`select * from loss_events where pool_id = ${id}`;
  return {
    sequence: BigInt(row!.sequence),
    fund: BigInt(row!.fund_balance),
    accounts: Object.fromEntries(
      accounts.map((a) => [
        a.ref,
        {
          status: a.status,
          balance: BigInt(a.balance),
          unrealized: BigInt(a.unrealized),
          borne: BigInt(a.borne),
          realized: BigInt(a.realized),
          lastNotice: a.last_notice_sequence === null ? null : BigInt(a.last_notice_sequence),
        },
      ]),
    ),
    positions: Object.fromEntries(
      positions.map((p) => [
        `${p.ref} in ${p.symbol}`,
        { size: quantity(p.size), cost: storedValue(p.cost) },
      ]),
    ),
    events: Object.fromEntries(
      events.map((e) => [
        e.ref,
        {
          status: e.status,
          deficit: BigInt(e.deficit),
          draw: BigInt(e.fund_draw),
          socialized: BigInt(e.socialized),
          uncovered: BigInt(e.uncovered),
          rounds: e.rounds,
        },
      ]),
    ),
  };
}

const PARTICULARS: [decimals: number, rules: ModelRules][] = [
  [6, { waterfall: 'FUND_THEN_SOCIALIZE', maxHaircutRate: '1', fundReserve: 0n, gated: true }],
  [0, { waterfall: 'FUND_THEN_SOCIALIZE', maxHaircutRate: '0.5', fundReserve: 20n, gated: false }],
  [18, { waterfall: 'SOCIALIZE_ONLY', maxHaircutRate: '0.333333333333333333', fundReserve: 0n, gated: true }],
  [2, { waterfall: 'FUND_ONLY', maxHaircutRate: '1', fundReserve: 5n, gated: true }],
];

async function openWorld(random: Random, [decimals, rules]: (typeof PARTICULARS)[number]): Promise<World> {
  const pool = await PoolUnderTest.create(venue, {
    decimals,
    rules: {
      waterfall: rules.waterfall,
      maxHaircutRate: rules.maxHaircutRate,
      fundReserve: text(rules.fundReserve, decimals),
      withdrawalsWhileLossOpen: rules.gated ? 'BLOCK' : 'ALLOW',
    },
  });
  const model = new ModelPool(decimals, rules);
  model.markets.set('PNL', { contractSize: UNIT, marginRate: UNIT / 10n, mark: UNIT });
  for (const [symbol, contractSize] of [
    ['BTC', UNIT / 1000n],
    ['ETH', 3n * UNIT + 7n],
    ['NEW', UNIT],
  ] as const) {
    await pool.market(symbol, text(contractSize, 18), '0.05');
    model.markets.set(symbol, { contractSize, marginRate: UNIT / 20n, mark: null });
  }
  for (const [symbol, mark] of [
    ['BTC', 60_000n * UNIT],
    ['ETH', 40n * UNIT + 1n],
  ] as const) {
    await pool.mark(symbol, text(mark, 18));
    model.markets.get(symbol)!.mark = mark;
  }
  const refs = ['house', 'a', 'b', 'B', 'é', 'z', '\u{1f600}', '\uff01'];
  await pool.accounts(...refs);
  for (const ref of refs) {
    const deposit = BigInt(random.int(100, 3000)) * 10n ** BigInt(decimals);
    await pool.transfer(ref, 'DEPOSIT', text(deposit, decimals));
    model.addAccount(ref);
    model.transfer(ref, deposit, false);
  }
  model.sequence = await pool.sequence();
  return { random, pool, model, answered: [] };
}

async function perform(world: World, operation: Operation): Promise<string> {
  const { pool, model, answered, random } = world;
  const { call, expected, key } = operation;
  if (typeof expected === 'string') {
    const before = await dump(venue.sql);
    expect(await refusalOf(call())).toMatchObject({ code: expected });
    expect(await dump(venue.sql)).toBe(before);
    return expected;
  }
  const preview = operation.words.startsWith('settle all')
    ? await previewSettlement(venue.db, { pool: pool.name })
    : null;
  const committed = await call();
  model.sequence++;
  expect(committed.sequence).toBe(model.sequence);
  await expected(committed);
  if (preview) expect(committed.count).toBe(preview.outcome.haircutCount);
  if (key) answered.push({ key, call, answer: committed });
  if (answered.length > 0 && random.chance(0.1)) {
    const { call, answer } = random.pick(answered);
    expect(await call()).toEqual(answer);
  }
  return `#${committed.sequence}`;
}

/** How often each kind of operation went through, and each refusal came. */
const tally = new Map<string, number>();

test.each(SEEDS)(
  'random operations keep every promise: seed %i',
  async (seed) => {
    const random = new Random(seed);
    // Two pools at a time, so that each gets old enough for haircuts upon haircuts.
    const turn = random.int(0, 3);
    const worlds = [
      await openWorld(random, PARTICULARS[turn]!),
      await openWorld(random, PARTICULARS[(turn + 1) % 3]!),
    ];
    const log: string[] = [];
    try {
      for (let i = 0; i < OPERATIONS; ) {
        const world = random.pick(worlds);
        const operation = random.weighted(MAKERS)(world);
        if (!operation) continue;
        i++;
        log.push(`${world.pool.name} ${operation.words}`);
        const outcome = await perform(world, operation);
        log.push(`${log.pop()} → ${outcome}`);
        const kind = outcome.startsWith('#') ? operation.words.split(/[ :,]/)[0]! : outcome;
        tally.set(kind, (tally.get(kind) ?? 0) + 1);
        expect(await picture(world.pool)).toEqual(world.model.picture());
        expect(await checkInvariants(venue.sql, { zeroSum: true })).toEqual([]);
      }
    } catch (error) {
      const done = log.map((line, i) => `${i + 1}. ${line}`).join('\n');
      throw new Error(`SHEARWATER_SEED=${seed} fails at:\n${done}\n\n${(error as Error).message}`, {
        cause: error,
      });
    }
  },
  90_000,
);

test.skipIf(process.env.SHEARWATER_SEED)(
  'what was run held bankruptcies, settlements, haircuts and refusals: else it tested nothing',
  async () => {
    for (const kind of ['bankruptcy', 'settle', 'trade', 'marks'])
      expect([kind, tally.get(kind) ?? 0]).not.toEqual([kind, 0]);
    const [row] = await venue.sql`
    select count(*)::int as haircuts, count(previous_sequence)::int as chained from haircuts`;
    expect(row!.haircuts).toBeGreaterThan(5);
    expect(row!.chained).toBeGreaterThan(0);
  },
);
