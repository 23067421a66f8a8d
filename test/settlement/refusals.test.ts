import { beforeAll, describe, expect, test } from 'vitest';
import type { Path } from '../../src/core/refusal.ts';
import { reportBankruptcy } from '../../src/settlement/bankruptcy.ts';
import { contributeToFund } from '../../src/settlement/fund.ts';
import { upsertMarkets } from '../../src/settlement/markets.ts';
import { publishMarks } from '../../src/settlement/marks.ts';
import { createPool, upsertAccounts } from '../../src/settlement/pools.ts';
import { upsertPositions } from '../../src/settlement/positions.ts';
import { previewSettlement } from '../../src/settlement/preview.ts';
import { settleLosses } from '../../src/settlement/settle.ts';
import { postTransfers } from '../../src/settlement/transfers.ts';
import { dump } from '../support/invariants.ts';
import { fresh, PoolUnderTest, refusalOf, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();
let pool: PoolUnderTest;

/** A pool of 6 decimals: rich is solvent, broke owes 5, gone is bankrupt over the open event `open`; `done` is settled. */
beforeAll(async () => {
  pool = await PoolUnderTest.create(venue, { decimals: 6 });
  await pool.market('BTC');
  await pool.mark('BTC', '100');
  await pool.transfer('rich', 'DEPOSIT', 100);
  await pool.position('rich', 'BTC', 1, 100);
  await pool.profits({ winner: 10 });
  await pool.loss('done', 1);
  await pool.settle();
  await pool.loss('open', 3);
  await pool.transfer('broke', 'FEE', -5);
});

const huge = `1${'0'.repeat(400)}`;
const key = () => fresh('key');
type Refused = [name: string, call: () => Promise<unknown>, code: string, path: Path | null];

const transfers = (...items: [account: string, kind: string, amount: string, ref?: string][]) =>
  postTransfers(venue.runtime, {
    pool: pool.name,
    idempotencyKey: key(),
    transfers: items.map(([account, kind, amount, ref]) => ({
      account,
      kind: kind as 'FEE',
      amount,
      ref: ref ?? null,
    })),
  });
const transfer = (field: string, index = 0): Path => ['input', 'transfers', index, field];
const many = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => item(i));

const amounts: Refused[] = [
  [
    'more fraction digits than the asset has',
    () => transfers(['rich', 'FEE', '0.0000001']),
    'INVALID_INPUT',
    transfer('amount'),
  ],
  ['10^400', () => transfers(['rich', 'FEE', huge]), 'INVALID_INPUT', transfer('amount')],
  [
    'one atom above 10^37 atoms',
    () => transfers(['rich', 'FEE', '10000000000000000000000000000000.000001']),
    'INVALID_INPUT',
    transfer('amount'),
  ],
  ['zero', () => transfers(['rich', 'FEE', '0']), 'INVALID_INPUT', transfer('amount')],
  ['a deposit below zero', () => transfers(['rich', 'DEPOSIT', '-1']), 'INVALID_INPUT', transfer('amount')],
  [
    'a withdrawal above zero',
    () => transfers(['rich', 'WITHDRAWAL', '1']),
    'INVALID_INPUT',
    transfer('amount'),
  ],
  [
    'the second of two',
    () => transfers(['rich', 'FEE', '1'], ['rich', 'FEE', '0']),
    'INVALID_INPUT',
    transfer('amount', 1),
  ],
  [
    'a ref with a control character',
    () => transfers(['rich', 'FEE', '1', 'a\u0007b']),
    'INVALID_INPUT',
    transfer('ref'),
  ],
  [
    'a ref of 256 bytes',
    () => transfers(['rich', 'FEE', '1', 'é'.repeat(128)]),
    'INVALID_INPUT',
    transfer('ref'),
  ],
  ['an empty list', () => transfers(), 'INVALID_INPUT', ['input', 'transfers']],
  [
    '10,001 items',
    () => transfers(...many(10_001, () => ['rich', 'FEE', '1'] as [string, string, string])),
    'INVALID_INPUT',
    ['input', 'transfers'],
  ],
];

const accounts: Refused[] = [
  ['an unknown account', () => transfers(['nobody', 'FEE', '1']), 'NOT_FOUND', transfer('account')],
  [
    'an unknown account in the middle of 10,000',
    () =>
      transfers(
        ...many(10_000, (i) => [i === 5000 ? 'nobody' : 'rich', 'FEE', '1'] as [string, string, string]),
      ),
    'NOT_FOUND',
    transfer('account', 5000),
  ],
  ['a NUL in an account', () => transfers(['rich\0', 'FEE', '1']), 'NOT_FOUND', transfer('account')],
  [
    'a lone surrogate in an account',
    () => transfers(['\ud800', 'FEE', '1']),
    'NOT_FOUND',
    transfer('account'),
  ],
  [
    'SQL in an account',
    () => transfers(["rich'; drop table accounts; --", 'FEE', '1']),
    'NOT_FOUND',
    transfer('account'),
  ],
  [
    'a bankrupt account',
    () => transfers(['bankrupt-of-open', 'FEE', '1']),
    'ACCOUNT_NOT_ACTIVE',
    transfer('account'),
  ],
  [
    'a position of a bankrupt account',
    () =>
      upsertPositions(venue.runtime, {
        pool: pool.name,
        positions: [{ account: 'bankrupt-of-done', market: 'BTC', size: '1', entryPrice: '1' }],
      }),
    'ACCOUNT_NOT_ACTIVE',
    ['input', 'positions', 0, 'account'],
  ],
  [
    'another owner of an account that exists',
    () =>
      upsertAccounts(venue.runtime, {
        pool: pool.name,
        accounts: [
          { ref: 'new', owner: 'n' },
          { ref: 'rich', owner: 'thief' },
        ],
      }),
    'INVALID_INPUT',
    ['input', 'accounts', 1, 'owner'],
  ],
  [
    'two owners of one account in a call',
    () =>
      upsertAccounts(venue.runtime, {
        pool: pool.name,
        accounts: [
          { ref: 'x', owner: 'a' },
          { ref: 'x', owner: 'b' },
        ],
      }),
    'INVALID_INPUT',
    ['input', 'accounts', 1, 'owner'],
  ],
];

const named = (name: string) =>
  upsertAccounts(venue.runtime, { pool: pool.name, accounts: [{ ref: name, owner: 'o' }] });
const names: Refused[] = [
  ['', 'empty'],
  [' x', 'a leading blank'],
  ['x\u00a0', 'a trailing no-break space'],
  ['a\nb', 'a line feed'],
  ['a\0b', 'a NUL'],
  ["o'neil", 'a quote'],
  ['say "hi"', 'double quotes'],
  ['a`b', 'a backtick'],
  ['a\\b', 'a backslash'],
  ['a\u202eb', 'a right-to-left override'],
  ['a\u200bb', 'a zero-width space'],
  ['a\ud800b', 'a lone surrogate'],
  ['x'.repeat(129), '129 bytes'],
  ['é'.repeat(65), '130 bytes in 65 characters'],
  ['x'.repeat(1_000_000), 'a megabyte'],
].map(([name, why]) => [why!, () => named(name!), 'INVALID_INPUT', ['input', 'accounts', 0, 'ref']]);

const keyed = (idempotencyKey: string) =>
  postTransfers(venue.runtime, {
    pool: pool.name,
    idempotencyKey,
    transfers: [{ account: 'rich', kind: 'FEE', amount: '1' }],
  });
const keys: Refused[] = [
  ['', 'empty'],
  ['k'.repeat(256), '256 bytes'],
  ['k'.repeat(1_000_000), 'a megabyte'],
  ['a\0b', 'a NUL'],
].map(([k, why]) => [why!, () => keyed(k!), 'INVALID_INPUT', ['input', 'idempotencyKey']]);

const mark = (market: string, price: string) =>
  publishMarks(venue.runtime, { pool: pool.name, marks: [{ market, price }] });
const position = (size: string, entryPrice: string, market = 'BTC', account = 'rich') =>
  upsertPositions(venue.runtime, { pool: pool.name, positions: [{ account, market, size, entryPrice }] });
const market = (
  symbol: string,
  contractSize: string | null,
  initialMarginRate: string,
  maintenanceMarginRate: string,
) =>
  upsertMarkets(venue.runtime, {
    pool: pool.name,
    markets: [{ symbol, contractSize, initialMarginRate, maintenanceMarginRate }],
  });
const ofMarket = (field: string): Path => ['input', 'markets', 0, field];
const ofPosition = (field: string): Path => ['input', 'positions', 0, field];
const ofMark = (field: string): Path => ['input', 'marks', 0, field];

const quantities: Refused[] = [
  ['a mark below zero', () => mark('BTC', '-1'), 'INVALID_INPUT', ofMark('price')],
  ['a mark of 10^20', () => mark('BTC', `1${'0'.repeat(20)}`), 'INVALID_INPUT', ofMark('price')],
  ['a mark of 10^400', () => mark('BTC', huge), 'INVALID_INPUT', ofMark('price')],
  [
    'a mark of 19 fraction digits',
    () => mark('BTC', '0.0000000000000000001'),
    'INVALID_INPUT',
    ofMark('price'),
  ],
  ['a mark of an unknown market', () => mark('DOGE', '1'), 'NOT_FOUND', ofMark('market')],
  ['an entry price below zero', () => position('1', '-1'), 'INVALID_INPUT', ofPosition('entryPrice')],
  [
    'a size of 19 fraction digits',
    () => position('0.0000000000000000001', '1'),
    'INVALID_INPUT',
    ofPosition('size'),
  ],
  ['a size of 10^20', () => position(`-1${'0'.repeat(20)}`, '1'), 'INVALID_INPUT', ofPosition('size')],
  [
    'a cost above 10^37 atoms',
    () => position(`1${'0'.repeat(19)}`, `1${'0'.repeat(19)}`),
    'INVALID_INPUT',
    ofPosition('size'),
  ],
  ['a position in an unknown market', () => position('1', '1', 'DOGE'), 'NOT_FOUND', ofPosition('market')],
  [
    'a position of an unknown account',
    () => position('1', '1', 'BTC', 'nobody'),
    'NOT_FOUND',
    ofPosition('account'),
  ],
  ['a contract size of zero', () => market('X', '0', '0.1', '0'), 'INVALID_INPUT', ofMarket('contractSize')],
  [
    'a contract size below zero',
    () => market('X', '-1', '0.1', '0'),
    'INVALID_INPUT',
    ofMarket('contractSize'),
  ],
  [
    'a new contract size under open positions',
    () => market('BTC', '2', '0.1', '0'),
    'INVALID_INPUT',
    ofMarket('contractSize'),
  ],
  [
    'a margin rate above 1',
    () => market('X', null, '1.1', '0'),
    'INVALID_INPUT',
    ofMarket('initialMarginRate'),
  ],
  [
    'a margin rate below 0',
    () => market('X', null, '0.1', '-0.1'),
    'INVALID_INPUT',
    ofMarket('maintenanceMarginRate'),
  ],
  [
    'maintenance above initial',
    () => market('X', null, '0.1', '0.2'),
    'INVALID_INPUT',
    ofMarket('maintenanceMarginRate'),
  ],
  ['a symbol with a quote', () => market("X'", null, '0.1', '0'), 'INVALID_INPUT', ofMarket('symbol')],
  [
    'a market twice in a call',
    () => {
      const x = { symbol: 'X', initialMarginRate: '0.1', maintenanceMarginRate: '0' };
      return upsertMarkets(venue.runtime, { pool: pool.name, markets: [x, x] });
    },
    'INVALID_INPUT',
    ['input', 'markets', 1, 'symbol'],
  ],
  [
    'no marks',
    () => publishMarks(venue.runtime, { pool: pool.name, marks: [] }),
    'INVALID_INPUT',
    ['input', 'marks'],
  ],
];

const contribution = (amount: string) =>
  contributeToFund(venue.runtime, {
    pool: pool.name,
    idempotencyKey: key(),
    amount,
    kind: 'OPERATOR_CONTRIBUTION',
  });
const newPool = (input: object) =>
  createPool(venue.runtime, { name: fresh('new'), asset: 'USDC', decimals: 6, ...input });
const pools: Refused[] = [
  ['a contribution of zero', () => contribution('0'), 'INVALID_INPUT', ['input', 'amount']],
  ['a contribution below zero', () => contribution('-1'), 'INVALID_INPUT', ['input', 'amount']],
  ['a contribution out of range', () => contribution(huge), 'INVALID_INPUT', ['input', 'amount']],
  [
    'an unknown pool',
    () => settleLosses(venue.runtime, { pool: 'nowhere', idempotencyKey: key() }),
    'NOT_FOUND',
    ['input', 'pool'],
  ],
  [
    'a pool with a NUL in its name',
    () => settleLosses(venue.runtime, { pool: 'a\0', idempotencyKey: key() }),
    'NOT_FOUND',
    ['input', 'pool'],
  ],
  ['a pool that exists', () => newPool({ name: pool.name }), 'ALREADY_EXISTS', ['input', 'name']],
  ['a pool without a name', () => newPool({ name: '' }), 'INVALID_INPUT', ['input', 'name']],
  ['an asset of 33 bytes', () => newPool({ asset: 'A'.repeat(33) }), 'INVALID_INPUT', ['input', 'asset']],
  ['19 decimals', () => newPool({ decimals: 19 }), 'INVALID_INPUT', ['input', 'decimals']],
  ['-1 decimals', () => newPool({ decimals: -1 }), 'INVALID_INPUT', ['input', 'decimals']],
  [
    'a rate above 1',
    () => newPool({ rules: { maxHaircutRate: '1.01' } }),
    'INVALID_INPUT',
    ['input', 'rules', 'maxHaircutRate'],
  ],
  [
    'a rate below 0',
    () => newPool({ rules: { maxHaircutRate: '-0.01' } }),
    'INVALID_INPUT',
    ['input', 'rules', 'maxHaircutRate'],
  ],
  [
    'a reserve below zero',
    () => newPool({ rules: { fundReserve: '-1' } }),
    'INVALID_INPUT',
    ['input', 'rules', 'fundReserve'],
  ],
];

const report = (account: string, more: object = {}) =>
  reportBankruptcy(venue.runtime, {
    pool: pool.name,
    idempotencyKey: key(),
    ref: fresh('event'),
    account,
    ...more,
  });
const closeouts = (...items: [market: string, price: string][]) => ({
  takeoverAccount: 'winner',
  closeouts: items.map(([market, price]) => ({ market, price })),
});
const bankruptcies: Refused[] = [
  [
    'a solvent account',
    () => report('rich', { takeoverAccount: 'winner' }),
    'NOT_BANKRUPT',
    ['input', 'account'],
  ],
  [
    'open positions and nobody to take them',
    () => report('rich'),
    'INVALID_INPUT',
    ['input', 'takeoverAccount'],
  ],
  [
    'an account that was bankrupt already',
    () => report('bankrupt-of-open'),
    'ACCOUNT_NOT_ACTIVE',
    ['input', 'account'],
  ],
  ['an unknown account', () => report('nobody'), 'NOT_FOUND', ['input', 'account']],
  [
    'an unknown takeover account',
    () => report('broke', { takeoverAccount: 'nobody' }),
    'NOT_FOUND',
    ['input', 'takeoverAccount'],
  ],
  [
    'a bankrupt takeover account',
    () => report('broke', { takeoverAccount: 'bankrupt-of-done' }),
    'ACCOUNT_NOT_ACTIVE',
    ['input', 'takeoverAccount'],
  ],
  [
    'itself as takeover account',
    () => report('broke', { takeoverAccount: 'broke' }),
    'INVALID_INPUT',
    ['input', 'takeoverAccount'],
  ],
  ['the ref of another event', () => report('broke', { ref: 'done' }), 'ALREADY_EXISTS', ['input', 'ref']],
  ['an empty ref', () => report('broke', { ref: '' }), 'INVALID_INPUT', ['input', 'ref']],
  [
    'a close-out in a market it does not hold',
    () => report('rich', closeouts(['PNL', '1'])),
    'INVALID_INPUT',
    ['input', 'closeouts', 0, 'market'],
  ],
  [
    'a close-out in an unknown market',
    () => report('rich', closeouts(['DOGE', '1'])),
    'NOT_FOUND',
    ['input', 'closeouts', 0, 'market'],
  ],
  [
    'a close-out below zero',
    () => report('rich', closeouts(['BTC', '-1'])),
    'INVALID_INPUT',
    ['input', 'closeouts', 0, 'price'],
  ],
  [
    'two close-outs in one market',
    () => report('rich', closeouts(['BTC', '1'], ['BTC', '1'])),
    'INVALID_INPUT',
    ['input', 'closeouts', 1, 'market'],
  ],
];

const settle = (...lossEvents: string[]) =>
  settleLosses(venue.runtime, { pool: pool.name, idempotencyKey: key(), lossEvents });
const ofEvent = (index: number): Path => ['input', 'lossEvents', index];
const settlements: Refused[] = [
  ['no events named', () => settle(), 'NOTHING_TO_SETTLE', ['input', 'lossEvents']],
  ['an event settled in full', () => settle('open', 'done'), 'LOSS_ALREADY_SETTLED', ofEvent(1)],
  ['an unknown event', () => settle('open', 'none'), 'NOT_FOUND', ofEvent(1)],
  ['an event twice', () => settle('open', 'open'), 'INVALID_INPUT', ofEvent(1)],
  ['an event with a NUL', () => settle('open\0'), 'NOT_FOUND', ofEvent(0)],
  ['10,001 events', () => settle(...many(10_001, (i) => `e${i}`)), 'INVALID_INPUT', ['input', 'lossEvents']],
  [
    'a preview below zero',
    () => previewSettlement(venue.db, { pool: pool.name, extraDeficit: '-1' }),
    'INVALID_INPUT',
    ['input', 'extraDeficit'],
  ],
  [
    'a preview of an unknown pool',
    () => previewSettlement(venue.db, { pool: 'nowhere' }),
    'NOT_FOUND',
    ['input', 'pool'],
  ],
  [
    'a preview of an event settled in full',
    () => previewSettlement(venue.db, { pool: pool.name, lossEvents: ['done'] }),
    'NOTHING_TO_SETTLE',
    ofEvent(0),
  ],
];

const updates: Refused[] = [
  ['nothing', () => pool.update({}), 'INVALID_INPUT', ['input']],
  ['empty lists', () => pool.update({ marks: [], positions: [], transfers: [] }), 'INVALID_INPUT', ['input']],
  [
    '10,001 items over three lists',
    () =>
      pool.update({
        marks: many(5000, () => ({ market: 'BTC', price: '1' })),
        transfers: many(5001, () => ({ account: 'rich', kind: 'FEE', amount: '1' }) as const),
      }),
    'INVALID_INPUT',
    ['input'],
  ],
  [
    'a bad transfer after good marks and positions',
    () =>
      pool.update({
        marks: [{ market: 'BTC', price: '1' }],
        positions: [{ account: 'rich', market: 'BTC', size: '5', entryPrice: '1' }],
        transfers: [
          { account: 'rich', kind: 'DEPOSIT', amount: '1' },
          { account: 'nobody', kind: 'DEPOSIT', amount: '1' },
        ],
      }),
    'NOT_FOUND',
    ['input', 'transfers', 1, 'account'],
  ],
  [
    'a bad position after good marks',
    () =>
      pool.update({
        marks: [{ market: 'BTC', price: '1' }],
        positions: [{ account: 'rich', market: 'DOGE', size: '5', entryPrice: '1' }],
      }),
    'NOT_FOUND',
    ['input', 'positions', 0, 'market'],
  ],
];

describe.each([
  ['an amount', amounts],
  ['an account', accounts],
  ['a name', names],
  ['an idempotency key', keys],
  ['a quantity', quantities],
  ['a pool', pools],
  ['a bankruptcy', bankruptcies],
  ['a settlement', settlements],
  ['updates', updates],
])('%s', (_what, refused) => {
  test.each(refused)('is refused: %s', async (_name, call, code, path) => {
    const before = await dump(venue.sql);
    expect(await refusalOf(call())).toEqual({ code, path });
    expect(await dump(venue.sql)).toBe(before);
  });
});

test('settling nothing is NOTHING_TO_SETTLE', async () => {
  const quiet = await PoolUnderTest.create(venue);
  const before = await dump(venue.sql);
  expect(await refusalOf(quiet.settle())).toEqual({ code: 'NOTHING_TO_SETTLE', path: ['input', 'pool'] });
  expect(await refusalOf(previewSettlement(venue.db, { pool: quiet.name }))).toMatchObject({
    code: 'NOTHING_TO_SETTLE',
  });
  expect(await dump(venue.sql)).toBe(before);
});

test('a halted pool takes no mutation, whichever', async () => {
  const halted = await PoolUnderTest.create(venue);
  await halted.profits({ a: 10 });
  await halted.loss('e', 1);
  await halted.transfer('b', 'FEE', -1);
  await venue.sql`update pools set status = 'HALTED' where name = ${halted.name}`;
  const before = await dump(venue.sql);
  const calls = [
    () => halted.market('X'),
    () => halted.mark('PNL', '2'),
    () => named0(halted),
    () => halted.positions([{ account: 'a', market: 'PNL', size: '0', entryPrice: '0' }]),
    () => halted.transfers([{ account: 'a', kind: 'FEE', amount: '1' }]),
    () => halted.update({ marks: [{ market: 'PNL', price: '2' }] }),
    () => halted.fund(1),
    () => halted.report({ ref: 'f', account: 'b' }),
    () => halted.settle(),
  ];
  for (const call of calls)
    expect(await refusalOf(call())).toEqual({ code: 'POOL_HALTED', path: ['input', 'pool'] });
  expect(await dump(venue.sql)).toBe(before);
});

const named0 = (halted: PoolUnderTest) =>
  upsertAccounts(venue.runtime, { pool: halted.name, accounts: [{ ref: 'n', owner: 'o' }] });

test('what looks odd and is no harm is taken: astral characters, 128 bytes, a price of zero', async () => {
  const odd = await PoolUnderTest.create(venue);
  await odd.accounts('\u{1f600}', 'x'.repeat(128), 'a/b:c=d&e<f>', '名前');
  await odd.mark('PNL', '0');
  await odd.transfer('\u{1f600}', 'DEPOSIT', `1${'0'.repeat(37)}`);
  expect((await odd.account('\u{1f600}')).balance).toBe(10n ** 37n);
});
