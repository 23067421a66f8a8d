import { describe, expect, test } from 'vitest';
import { PoolUnderTest, venueForThisFile } from '../support/venue.ts';

const venue = venueForThisFile();
const T = (second: number) => `2025-10-10T20:00:${String(second).padStart(2, '0')}.000000Z`;

async function priceOf(pool: PoolUnderTest): Promise<string> {
  const [row] = await venue.sql`
    select mark_price::text as price from markets where pool_id = ${await pool.poolId()} and symbol = 'BTC'`;
  return row!.price;
}

async function market() {
  const pool = await PoolUnderTest.create(venue);
  await pool.market('BTC');
  await pool.accounts('a');
  return pool;
}

describe('a mark', () => {
  test('that is older than what is stored is passed over, and still takes its sequence', async () => {
    const pool = await market();
    await pool.mark('BTC', '5', T(5));
    const { sequence, count } = await pool.mark('BTC', '4', T(4));
    expect([await priceOf(pool), count]).toEqual(['5', 0]);
    expect(await pool.sequence()).toBe(sequence);
    await pool.mark('BTC', '6', T(5));
    expect(await priceOf(pool)).toBe('6');
    await pool.mark('BTC', '7', T(6));
    expect(await priceOf(pool)).toBe('7');
  });

  test('without asOf is of now: what is older than that is late', async () => {
    const pool = await market();
    await pool.mark('BTC', '5');
    await pool.mark('BTC', '4', venue.clock.at(-1));
    expect(await priceOf(pool)).toBe('5');
    await pool.mark('BTC', '6', venue.clock.at(+1));
    expect(await priceOf(pool)).toBe('6');
  });
});

describe('several updates of one thing in one call leave what calling with each in turn leaves', () => {
  const runs: [string, (number | null)[], string][] = [
    ['the later one', [1, 2], '2'],
    ['the later one, though it was listed first', [2, 1], '1'],
    ['of equals the last', [3, 3], '2'],
    ['without asOf the last', [null, null], '2'],
    ['an old one after one of now is late', [null, 1], '1'],
    ['one of now after an old one', [1, null], '2'],
    ['three', [2, 3, 1], '2'],
  ];
  test.each(runs)('%s', async (_name, times, expected) => {
    const marks = times.map((second, i) => ({
      market: 'BTC',
      price: String(i + 1),
      ...(second === null ? {} : { asOf: T(second) }),
    }));
    const [together, inTurn] = [await market(), await market()];
    await together.update({ marks });
    for (const mark of marks) await inTurn.update({ marks: [mark] });
    expect([await priceOf(together), await priceOf(inTurn)]).toEqual([expected, expected]);

    const positions = marks.map(({ price, ...mark }) => ({
      account: 'a',
      ...mark,
      size: price,
      entryPrice: '1',
    }));
    await together.positions(positions);
    for (const position of positions) await inTurn.positions([position]);
    const sizes = [await together.position1('a', 'BTC'), await inTurn.position1('a', 'BTC')].map(
      (p) => p!.size,
    );
    expect(sizes).toEqual([expected, expected]);
  });
});

test('a late update does not open a closed position again', async () => {
  const pool = await market();
  await pool.position('a', 'BTC', 3, 1, T(1));
  await pool.position('a', 'BTC', 0, 0, T(3));
  await pool.position('a', 'BTC', 3, 1, T(2));
  expect(await pool.position1('a', 'BTC')).toEqual({ size: '0', cost: '0' });
});
