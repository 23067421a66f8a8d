import { createShearwater } from '@shearwater/client';
import { Ledger } from './ledger.ts';

/**
 * A venue's back end: reports a bankruptcy, settles the loss, and books every haircut in its own ledger exactly once. Kill it whenever you
 * like, and start it again: it goes on where it was.
 *
 *   SHEARWATER_URL=… SHEARWATER_TOKEN=… node main.ts POOL LOSS ACCOUNT TAKEOVER_ACCOUNT
 */
const [pool, loss, account, takeoverAccount] = process.argv.slice(2);
const { SHEARWATER_URL: url, SHEARWATER_TOKEN: token, LEDGER: file = 'ledger.sqlite' } = process.env;
if (!url || !token || !pool || !loss || !account || !takeoverAccount) {
  console.error('SHEARWATER_URL=… SHEARWATER_TOKEN=… node main.ts POOL LOSS ACCOUNT TAKEOVER_ACCOUNT');
  process.exit(2);
}

const ledger = new Ledger(file);
const client = createShearwater({
  ...{ url, token, keys: ledger.keys },
  onRetry: ({ message }, waitMs) => console.error(`${message}; again in ${Math.round(waitMs)} ms`),
});
process.once('SIGTERM', () => client.close());

/** Each call has a name, under which its key is kept before it is sent: after a crash the same key is sent, and nothing is done twice. */
async function settle(pool: string, loss: string, account: string, takeoverAccount: string): Promise<void> {
  const report = `report ${loss}`;
  const settlement = `settle ${loss}`;
  if (!ledger.isSettled(loss)) {
    const { deficit } = await client.once(report, (idempotencyKey) =>
      client.reportBankruptcy({ pool, idempotencyKey, ref: loss, account, takeoverAccount }),
    );
    console.log(`${account} left a loss of ${deficit}`);
    const { sequence, socialized, haircutCount } = await client.once(settlement, (idempotencyKey) =>
      client.settleLosses({ pool, idempotencyKey, lossEvents: [loss] }),
    );
    console.log(`settled at ${sequence}: ${haircutCount} accounts bear ${socialized}`);
    ledger.noteSettled(loss, sequence);
  }
  // What came of it is kept, so the keys may go; also those that a crash right after that left behind.
  await client.forget(report);
  await client.forget(settlement);
}

async function book(pool: string): Promise<void> {
  for await (const notice of client.haircuts({ pool, after: ledger.cursor(), verify: true })) {
    ledger.apply(notice);
    console.log(`booked ${notice.haircut.account.ref} ${notice.amount}`);
  }
}

await Promise.all([settle(pool, loss, account, takeoverAccount), book(pool)]);
