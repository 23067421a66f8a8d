import type { Book, Trader } from './book.ts';
import { type Client, Refused } from './client.ts';
import { COINS, OURS } from './figures.ts';
import { count, seconds, usd } from './human.ts';
import { type Ears, inOrder } from './listen.ts';
import { aside, bold, doing, done, line, quiet, say, yellow } from './terminal.ts';
import {
  contribute,
  openPool,
  priceAt,
  publishMarks,
  reportBankrupt,
  SETTLED,
  type Settled,
  settle,
} from './venue.ts';

/* What happens, step by step: from an empty database to a settled loss. Every step is a call that any program can make. */

const POOL = OURS.pool;

export async function openBook(venue: Client, { traders, bankrupts, winners }: Book): Promise<void> {
  const began = performance.now();
  const { calls } = await openPool(venue, POOL, COINS, traders, (what, sent, of) =>
    doing(`sending ${what} … ${count(sent)} of ${count(of)}`),
  );
  await contribute(venue, POOL, OURS.fund * 100n);
  const positions = traders.reduce((sum, trader) => sum + trader.legs.length, 0);
  done(
    `${count(traders.length)} traders, ${count(positions)} positions in ${COINS.length} markets, in ${calls + 1} calls and ` +
      seconds(performance.now() - began),
  );
  say(
    `${count(winners.length)} of them will win, ${bankrupts.length} will owe more than they have, and the others will lose within ` +
      `their means. The longs and shorts of every market add up to zero.`,
  );
  done(`an insurance fund of ${usd(OURS.fund * 1_000_000n)}`);
  aside('The fund is our choice, too small on purpose; what the traders win and owe is what was published.');
}

export async function crash(venue: Client): Promise<void> {
  const shown = ['BTC', 'ETH', 'XRP', 'WLD'].map((symbol) => COINS.find((coin) => coin.symbol === symbol)!);
  const prices = (fallen: bigint) =>
    shown.map((coin) => `${coin.symbol} ${priceAt(coin, fallen).padStart(8)}`).join('   ');
  line(`   ${'before'.padEnd(10)}${prices(0n)}`);
  for (const [i, fallen] of OURS.crash.entries()) {
    await publishMarks(venue, POOL, COINS, fallen);
    line(`   ${`step ${i + 1}`.padEnd(10)}${prices(fallen)}`);
  }
  const { totals } = await venue.ask<{ totals: { profitableAccounts: number; haircutCapacity: string } }>(
    'query Totals($pool: String!) { pool(name: $pool) { totals { profitableAccounts haircutCapacity } } }',
    { pool: POOL },
  );
  done(
    `the server now counts ${count(totals.profitableAccounts)} winners with a profit of ${bold(usd(totals.haircutCapacity))}`,
  );
}

export async function reportBankruptcies(
  venue: Client,
  { bankrupts, winners }: Book,
  ears: Ears,
): Promise<void> {
  const began = performance.now();
  for (const [i, bankrupt] of bankrupts.entries()) {
    await reportBankrupt(venue, POOL, bankrupt);
    doing(`bankruptcies reported: ${i + 1} of ${bankrupts.length}, ${ears.losses.length} heard of`);
    if (i === 0) await showGate(venue, winners[0]!);
  }
  await ears.heard(0, bankrupts.length);
  done(
    `${bankrupts.length} bankruptcies reported in ${seconds(performance.now() - began)}; the operator heard of every one, in order ` +
      'and without a gap',
  );
  inOrder(ears.losses);
  const { totals } = await venue.ask<{ totals: { openDeficit: string } }>(
    'query Open($pool: String!) { pool(name: $pool) { totals { openDeficit } } }',
    { pool: POOL },
  );
  done(`together they owe ${bold(usd(totals.openDeficit))} beyond their collateral`);
}

/** Between a loss and its settlement nobody may carry profit away. */
async function showGate(venue: Client, { ref }: Trader): Promise<void> {
  const input = {
    pool: POOL,
    idempotencyKey: 'too-early',
    transfers: [{ account: ref, kind: 'WITHDRAWAL', amount: '-1000000' }],
  };
  try {
    await venue.mutate('postTransfers', input);
  } catch (error) {
    if (!(error instanceof Refused) || error.kind !== 'WithdrawalsGatedError') throw error;
    done(`${ref}, the largest winner, asks for $1,000,000 back meanwhile, and is refused:`);
    line(`     ${yellow(`“${error.message}”`)}`);
    return;
  }
  throw new Error('A withdrawal was let through while a loss was open.');
}

export async function settleOnce(venue: Client): Promise<{ settled: Settled; ms: number }> {
  doing('asking what a settlement would come to');
  const preview = await venue.preview<Settled>(POOL, SETTLED);
  done(
    `preview: the fund would pay ${usd(preview.fundDraw)}, ${count(preview.haircutCount)} winners ${usd(preview.socialized)}; nothing is written yet`,
  );
  doing('settling');
  const began = performance.now();
  const settled = await settle(venue, POOL);
  const ms = performance.now() - began;
  for (const name of ['deficit', 'fundDraw', 'socialized', 'uncovered', 'haircutCount'] as const) {
    if (settled[name] !== preview[name])
      throw new Error(`The settlement's ${name} is not what the preview said.`);
  }
  done(
    `settled: ${count(settled.haircutCount)} haircuts booked at once, in ${bold(seconds(ms))}; exactly what the preview said`,
  );
  return { settled, ms };
}

export async function hearHaircuts(ears: Ears, apps: number, bankrupts: number): Promise<void> {
  doing('waiting for the notices');
  await ears.heard(apps, bankrupts + 1);
  quiet();
  inOrder(ears.losses);
  if (ears.haircuts.length !== apps || ears.losses.at(-1)!.kind !== 'SETTLED')
    throw new Error('A notice came twice, or the wrong one.');
  for (const { explanation } of ears.haircuts.toSorted((a, b) => Number(a.amount) - Number(b.amount))) {
    say(explanation, '▸ ');
  }
  done('each notice once, to its own trader only');
}
