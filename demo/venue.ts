import type { Leg, Trader } from './book.ts';
import type { Client, Row } from './client.ts';
import { printDecimal } from './decimal.ts';
import { type Cents, type Coin, OURS } from './figures.ts';

/* What a trading venue tells Shearwater: markets, marks, accounts, deposits, positions, bankruptcies. */

/** The most items that one call of the API takes. */
const ITEMS = 10_000;
/** Takes over what bankrupts held, so that the sizes of every market still add up. */
export const TAKEOVER = 'liquidation-desk';
const TAKEOVER_DEPOSIT: Cents = 2_500_000_000n;

export type Progress = (what: string, done: number, of: number) => void;

/** Cents as the API wants them. */
export const cents = (amount: Cents): string => printDecimal(amount, 2);

export interface Holder {
  readonly ref: string;
  readonly legs: readonly Leg[];
}

/** Creates a pool of 6-digit USDC under the default rules, and puts traders with their deposits and positions into it. */
export async function openPool(
  client: Client,
  pool: string,
  coins: readonly Coin[],
  holders: readonly Holder[],
  progress: Progress = () => {},
): Promise<{ calls: number }> {
  let calls = 0;
  const send = async (mutation: string, what: string, list: string, items: readonly Row[]) => {
    for (let from = 0; from < items.length; from += ITEMS) {
      progress(what, from, items.length);
      const input: Row = { pool, [list]: items.slice(from, from + ITEMS) };
      if (mutation === 'postTransfers') input.idempotencyKey = `${what}-${from}`;
      await client.mutate(mutation, input);
      calls++;
    }
    progress(what, items.length, items.length);
  };

  await client.mutate('createPool', { name: pool, asset: 'USDC', decimals: 6 });
  const rates = { initialMarginRate: '0.05', maintenanceMarginRate: '0.025' };
  await send(
    'upsertMarkets',
    'markets',
    'markets',
    coins.map(({ symbol }) => ({ symbol, ...rates })),
  );
  await publishMarks(client, pool, coins, 0n);
  await send('upsertAccounts', 'accounts', 'accounts', [
    ...holders.map(({ ref }) => ({ ref, owner: ref })),
    { ref: TAKEOVER, owner: 'the-venue' },
  ]);
  const deposits = holders.map(({ ref, legs }) => ({
    ref,
    amount: legs.reduce((sum, leg) => sum + leg.deposit, 0n),
  }));
  await send(
    'postTransfers',
    'deposits',
    'transfers',
    [...deposits, { ref: TAKEOVER, amount: TAKEOVER_DEPOSIT }].map(({ ref, amount }) => ({
      account: ref,
      kind: 'DEPOSIT',
      amount: cents(amount),
    })),
  );
  await send(
    'upsertPositions',
    'positions',
    'positions',
    holders.flatMap(({ ref, legs }) =>
      legs.map(({ coin, size, entry }) => ({
        account: ref,
        market: coin.symbol,
        size: printDecimal(size),
        entryPrice: printDecimal(entry),
      })),
    ),
  );
  return { calls: calls + 2 };
}

/** Sets every mark to where it stands after so many percent of the fall. */
export async function publishMarks(
  client: Client,
  pool: string,
  coins: readonly Coin[],
  fallen: bigint,
): Promise<void> {
  const marks = coins.map((coin) => ({ market: coin.symbol, price: priceAt(coin, fallen) }));
  await client.mutate('publishMarks', { pool, marks });
}

/** Exact at both ends; a made-up step between. */
export function priceAt({ before, after }: Coin, fallen: bigint): string {
  if (fallen === 100n) return after;
  const price = Number(before) + ((Number(after) - Number(before)) * Number(fallen)) / 100;
  return String(Number(price.toPrecision(6)));
}

export async function contribute(client: Client, pool: string, amount: Cents): Promise<void> {
  await client.mutate('contributeToFund', {
    pool,
    idempotencyKey: 'fund',
    amount: cents(amount),
    kind: 'OPERATOR_CONTRIBUTION',
  });
}

/** Reports one bankruptcy: positions closed out at the mark and moved to the takeover account. */
export async function reportBankrupt(
  client: Client,
  pool: string,
  { ref, legs }: Pick<Trader, 'ref' | 'legs'>,
): Promise<string> {
  const event = await client.mutate<{ deficit: string }>(
    'reportBankruptcy',
    {
      pool,
      idempotencyKey: `bankruptcy-of-${ref}`,
      ref: `loss-of-${ref}`,
      account: ref,
      closeouts: legs.map(({ coin }) => ({ market: coin.symbol, price: coin.after })),
      takeoverAccount: TAKEOVER,
    },
    '... on LossEvent { deficit }',
  );
  return event.deficit;
}

export interface Settled {
  readonly sequence: string;
  readonly deficit: string;
  readonly fundDraw: string;
  readonly haircutCapacity: string;
  readonly socialized: string;
  readonly uncovered: string;
  readonly haircutRatio: { readonly decimal: string };
  readonly haircutCount: number;
}

export const SETTLED =
  'deficit fundDraw haircutCapacity socialized uncovered haircutCount haircutRatio { decimal }';

/** Settles all open losses of a pool at once. */
export function settle(client: Client, pool: string): Promise<Settled> {
  return client.mutate<Settled>(
    'settleLosses',
    { pool, idempotencyKey: `settlement-of-${OURS.seed}` },
    `... on Settlement { sequence ${SETTLED} }`,
  );
}
