import { createShearwater, Refusal } from '@shearwater/client';
import { fileStore } from '@shearwater/client/node';
import { Journal } from './journal.ts';
import { half, type Order, sendOrder } from './orders.ts';

/**
 * A trader's program. It hears of every haircut and every margin alert of its accounts, once each over crashes and lost connections, writes
 * them down, and halves the largest position of an account that comes near to liquidation.
 *
 *   SHEARWATER_URL=… SHEARWATER_TOKEN=… ORDERS_URL=… node main.ts POOL
 */
const [pool] = process.argv.slice(2);
const { SHEARWATER_URL: url, SHEARWATER_TOKEN: token, ORDERS_URL: ordersUrl } = process.env;
if (!url || !token || !ordersUrl || !pool) {
  console.error('SHEARWATER_URL=… SHEARWATER_TOKEN=… ORDERS_URL=… node main.ts POOL');
  process.exit(2);
}

const client = createShearwater({
  ...{ url, token },
  onRetry: ({ message }, waitMs) => console.error(`${message}; again in ${Math.round(waitMs)} ms`),
});
process.once('SIGTERM', () => client.close());
const journal = new Journal('journal.jsonl');
let reduced: Promise<void> = Promise.resolve();

/** From the very first on, where nothing was heard yet. Notices are written down before the next is asked for, which is when the store moves on: whatever happens, none is missed. */
async function hearHaircuts(pool: string): Promise<void> {
  const listening = { pool, after: '0', store: fileStore('haircuts.cursor'), verify: true };
  for await (const { haircut, cursor, explanation } of client.haircuts(listening)) {
    const account = haircut.account.ref;
    if (journal.add({ kind: 'haircut', account, cursor, text: explanation })) console.log(explanation);
    // The balance is less than it was: the margin may be too.
    await reduce(pool, account);
  }
}

async function hearAlerts(pool: string): Promise<void> {
  const listening = { pool, after: '0', store: fileStore('alerts.cursor') };
  for await (const { account, cursor, health, equity } of client.marginAlerts(listening)) {
    const text = `${account.ref} is ${health} with an equity of ${equity}`;
    if (journal.add({ kind: 'alert', account: account.ref, cursor, text })) console.log(text);
    await reduce(pool, account.ref);
  }
}

/**
 * A notice says what happened, and the account how it stands now: what was heard late is not acted on twice. One after the other: a haircut
 * and an alert that come at once would both find the account as it was before either's order.
 */
function reduce(pool: string, ref: string): Promise<void> {
  reduced = reduced
    .then(() => reduceNow(pool, ref))
    .catch((error) => {
      // What the rules do not allow for one account is no reason to leave the others alone.
      if (!(error instanceof Refusal)) throw error;
      console.error(`${ref} cannot be reduced: ${error.message}`);
    });
  return reduced;
}

async function reduceNow(pool: string, ref: string): Promise<void> {
  const account = await client.account(pool, ref);
  if (account?.status !== 'ACTIVE' || account.margin.health === 'SAFE') return;
  const [largest] = account.positions.toSorted((a, b) => Number(b.notional) - Number(a.notional));
  if (!largest?.market.markPrice) return;
  const order: Order = { account: ref, market: largest.market.symbol, size: half(largest.size) };
  const trade = { pool, ...order, price: largest.market.markPrice };
  const { allowed, reason, margin } = await client.checkTrade(trade);
  if (!allowed) return console.error(`${ref} cannot trade: ${reason}`);
  await sendOrder(ordersUrl!, order);
  console.log(`${ref} sent ${order.size} ${order.market} and would be ${margin.health}`);
}

await Promise.all([hearHaircuts(pool), hearAlerts(pool)]);
journal.close();
