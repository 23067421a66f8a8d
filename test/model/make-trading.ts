import { contributeToFund, withdrawFromFund } from '../../src/settlement/fund.ts';
import { upsertAccounts } from '../../src/settlement/pools.ts';
import type { Committed } from '../../src/settlement/transaction.ts';
import { fresh } from '../support/venue.ts';
import { active, endCascade, entry, LONG_AGO, type Maker, price, text, UNIT } from './world.ts';

/** What a venue does all day: marks, trades, transfers, the fund, new accounts; and calls that are wrong. */

const publishMarks: Maker = (world) => {
  const { random, pool, model } = world;
  const symbols = [...model.markets.keys()].filter((symbol) => symbol !== 'NEW' || random.chance(0.2));
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
      if (late) return;
      for (const { symbol, mark } of marks) model.markets.get(symbol)!.mark = mark;
      endCascade(world);
    },
  };
};

/**
 * Two accounts trade: one's size rises by what the other's falls. Both entered long ago, so both may win; what they
 * realize is between them.
 */
const trade: Maker = (world) => {
  const { random, pool, model } = world;
  const refused = model.rules.positionSource === 'FILLS';
  if (refused && random.chance(0.9)) return null;
  const refs = active(world);
  const [buyer, seller] = random.shuffled(refs) as [string, string?];
  if (seller === undefined) return null;
  const symbol = random.weighted([
    [10, 'BTC'],
    [10, 'ETH'],
    [0.3, 'NEW'],
  ]);
  const held = (ref: string) => model.account(ref).positions.get(symbol)?.size ?? 0n;
  const size = random.weighted<bigint>([
    [5, BigInt(random.int(1, 30)) * UNIT + random.digits(18)],
    [1, random.digits(random.pick([3, 20])) + 1n],
    [2, held(seller) > 0n ? held(seller) : UNIT],
  ]);
  const mark = model.markets.get(symbol)!.mark ?? 50n * UNIT;
  const pnl = random.chance(0.3) ? random.digits(model.decimals + 3) - random.digits(model.decimals + 3) : 0n;
  const lines = [
    { ref: buyer, size: held(buyer) + size, pnl },
    { ref: seller, size: held(seller) - size, pnl: -pnl },
  ].map((line) => {
    return { ...line, at: line.size === 0n ? 0n : entry(random, line.size, mark) };
  });
  const late = random.chance(0.05) && lines.every(({ ref }) => model.account(ref).positions.has(symbol));
  const key = fresh('key');
  const positions = lines.map(({ ref, size, at }) => ({
    account: ref,
    market: symbol,
    size: text(size, 18),
    entryPrice: text(at, 18),
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
    words: `trade${late ? ', late' : ''}: ${positions.map((p) => `${p.account} ${p.size} at ${p.entryPrice}`).join(', ')} of ${symbol}, pnl ${pnl}`,
    key,
    call: () => pool.update({ positions, transfers }, key),
    expected: refused
      ? 'WRONG_POSITION_SOURCE'
      : () => {
          for (const { ref, size, at, pnl } of lines) {
            if (!late) model.setPosition(ref, symbol, size, at);
            model.bring(ref, pnl);
            model.realize(ref, pnl);
          }
          for (const { ref, size } of lines) if (size === 0n) model.endBurdenIfFlat(ref);
        },
  };
};

const KINDS = ['DEPOSIT', 'WITHDRAWAL', 'REALIZED_PNL', 'FEE', 'FUNDING'] as const;

const transfers: Maker = (world) => {
  const { random, pool, model } = world;
  const fromFills = model.rules.positionSource === 'FILLS';
  const kinds = fromFills ? KINDS.filter((kind) => kind !== 'REALIZED_PNL') : KINDS;
  const items = Array.from({ length: random.int(1, 3) }, () => {
    const kind = random.pick(random.chance(0.9) ? kinds : KINDS);
    const magnitude = random.digits(model.decimals + 4) + 1n;
    const below = kind === 'WITHDRAWAL' || (kind !== 'DEPOSIT' && random.chance(0.6));
    return { ref: random.pick(active(world)), kind, amount: below ? -magnitude : magnitude };
  });
  const after = new Map<string, bigint>();
  for (const { ref, amount } of items)
    after.set(ref, (after.get(ref) ?? model.account(ref).balance) + amount);
  const withdrawing = items.filter(({ kind }) => kind === 'WITHDRAWAL').map(({ ref }) => ref);
  const short = withdrawing.some((ref) => {
    const balance = after.get(ref)!;
    return balance < 0n || balance + model.unrealized(ref) < model.margin(ref, 'initial');
  });
  const gated = withdrawing.length > 0 && model.rules.withdrawals === 'BLOCK' && model.openEvents.length > 0;
  const key = fresh('key');
  return {
    words: `transfers: ${items.map(({ ref, kind, amount }) => `${ref} ${kind} ${amount}`).join(', ')}`,
    key,
    call: () =>
      pool.transfers(
        items.map(({ ref, kind, amount }) => ({ account: ref, kind, amount: text(amount, model.decimals) })),
        key,
      ),
    expected:
      fromFills && items.some(({ kind }) => kind === 'REALIZED_PNL')
        ? 'WRONG_POSITION_SOURCE'
        : gated
          ? 'WITHDRAWALS_GATED'
          : short
            ? 'INSUFFICIENT_FUNDS'
            : () => {
                for (const { ref, kind, amount } of items) {
                  model.bring(ref, amount);
                  if (kind === 'REALIZED_PNL') model.realize(ref, amount);
                }
              },
  };
};

const contribution: Maker = ({ random, pool, model }) => {
  const amount = random.digits(model.decimals + random.int(1, 3)) + 1n;
  const kind = random.pick(['LIQUIDATION_FEE', 'OPERATOR_CONTRIBUTION'] as const);
  const key = fresh('key');
  const input = { pool: pool.name, idempotencyKey: key, amount: text(amount, model.decimals), kind };
  return {
    words: `fund: ${kind} ${amount}`,
    key,
    call: () => contributeToFund(pool.venue.runtime, input),
    expected: () => {
      model.bringToFund(amount);
    },
  };
};

const fundWithdrawal: Maker = ({ random, pool, model }) => {
  const free = model.fund - model.rules.fundReserve;
  if (free <= 0n && random.chance(0.9)) return null;
  const amount = random.chance(0.8) ? (free * BigInt(random.int(1, 1000))) / 1000n : free + 1n;
  const key = fresh('key');
  const input = { pool: pool.name, idempotencyKey: key, amount: text(amount, model.decimals) };
  return {
    words: `withdrawal of ${amount} from the fund`,
    key,
    call: () => withdrawFromFund(pool.venue.runtime, input),
    expected:
      amount <= 0n
        ? 'INVALID_INPUT'
        : model.openEvents.length > 0
          ? 'LOSS_OPEN'
          : amount > free
            ? 'INSUFFICIENT_FUNDS'
            : () => {
                model.bringToFund(-amount);
              },
  };
};

const newAccount: Maker = (world) => {
  const { random, pool, model } = world;
  const known = active(world).length > 11 ? random.chance(0.3) : random.chance(0.1);
  if (!known && active(world).length > 11) return null;
  const ref = known
    ? random.pick([...model.accounts.keys()])
    : `${random.pick(['acc', 'é', '\u{1f600}', '\uff01'])}-${model.accounts.size}`;
  const kept = known ? model.account(ref).owner : random.pick(['ann', 'ben', 'zoë', ref]);
  const owner = known && random.chance(0.3) ? 'thief' : kept;
  return {
    words: `account ${ref} of ${owner}`,
    call: () => upsertAccounts(pool.venue.runtime, { pool: pool.name, accounts: [{ ref, owner }] }),
    expected: owner !== kept ? 'INVALID_INPUT' : () => void (known || model.addAccount(ref, owner)),
  };
};

/** A call that is wrong somewhere behind what is right. */
const nonsense: Maker = (world) => {
  const { random, pool, model } = world;
  const bankrupt = [...model.accounts].find(([, { status }]) => status === 'BANKRUPT')?.[0];
  const good = { account: random.pick(active(world)), kind: 'DEPOSIT', amount: '1' } as const;
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
  return { words, call, expected, ...(words === 'a negative mark' ? { halted: 'refused anyway' } : {}) };
};

const keyTwice: Maker = ({ random, pool, answered }) => {
  if (answered.length === 0) return null;
  const { key } = random.pick(answered);
  return {
    words: `the key ${key} with another input`,
    call: () => pool.transfers([{ account: 'house', kind: 'DEPOSIT', amount: '12345' }], key),
    expected: 'IDEMPOTENCY_CONFLICT',
    halted: 'refused anyway',
  };
};

export const TRADING: readonly (readonly [weight: number, Maker])[] = [
  [4, publishMarks],
  [7, trade],
  [3, transfers],
  [1.5, contribution],
  [1, fundWithdrawal],
  [3, newAccount],
  [0.6, nonsense],
  [0.4, keyTwice],
];
