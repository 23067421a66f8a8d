import { COUNTER_LEDGER, PostingBatch, type TransferKind } from '../core/postings.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { checkAmount, checkItems, checkRef } from './check.ts';
import {
  type AccountHead,
  activeAccount,
  bookRealized,
  checkBalance,
  readHeads,
  writeHeads,
  writePostings,
} from './ledger.ts';
import { checkPositionSource } from './positions.ts';
import { type Committed, inPool, type PoolTransaction, type Runtime } from './transaction.ts';

export interface TransferInput {
  readonly account: string;
  readonly kind: TransferKind;
  readonly amount: string;
  readonly ref?: string | null;
}

const list: Path = ['input', 'transfers'];

export function checkTransfers(transfers: readonly TransferInput[]): void {
  transfers.forEach((transfer, index) => {
    checkRef(transfer.ref, [...list, index, 'ref']);
  });
}

export interface PreparedTransfers {
  readonly postings: PostingBatch;
  /** The heads after it. */
  readonly heads: readonly AccountHead[];
  /** The first withdrawal of each account, by account number. */
  readonly withdrawals: ReadonlyMap<number, Path>;
}

/** Checks transfers and works out what they come to; writes nothing. */
export async function prepareTransfers(
  tx: PoolTransaction,
  transfers: readonly TransferInput[],
  heads: Map<string, AccountHead>,
): Promise<PreparedTransfers> {
  const amounts = transfers.map((transfer, index) =>
    transferAmount(transfer, tx.pool.decimals, [...list, index, 'amount']),
  );
  const realized = transfers.findIndex(({ kind }) => kind === 'REALIZED_PNL');
  if (realized >= 0) checkPositionSource(tx, 'SNAPSHOTS', [...list, realized, 'kind']);
  const postings = new PostingBatch();
  const touched = new Map<number, AccountHead>();
  const netRealized = new Map<AccountHead, bigint>();
  const counter = new Map<TransferKind, bigint>();
  const withdrawals = new Map<number, Path>();
  transfers.forEach((transfer, index) => {
    const head = activeAccount(heads, transfer.account, [...list, index, 'account']);
    const amount = amounts[index]!;
    head.balance += amount;
    checkBalance(head.balance, [...list, index, 'amount']);
    touched.set(head.accountNo, head);
    if (transfer.kind === 'REALIZED_PNL') netRealized.set(head, (netRealized.get(head) ?? 0n) + amount);
    if (takesOut(transfer.kind, amount) && !withdrawals.has(head.accountNo)) {
      withdrawals.set(head.accountNo, [...list, index, 'amount']);
    }
    postings.account(head.accountNo, transfer.kind, amount, head.balance, transfer.ref ?? null);
    counter.set(transfer.kind, (counter.get(transfer.kind) ?? 0n) - amount);
  });
  checkCollateral(transfers, amounts, heads);
  for (const [head, net] of netRealized) bookRealized(tx, head, net);
  for (const [kind, amount] of counter) postings.ledger(COUNTER_LEDGER[kind], kind, amount);
  if (withdrawals.size > 0) await refuseGatedWithdrawal(tx, withdrawals);
  return { postings, heads: [...touched.values()], withdrawals };
}

/** What leaves the account's margin is judged as a withdrawal, wherever it goes. */
const takesOut = (kind: TransferKind, amount: bigint): boolean =>
  kind === 'WITHDRAWAL' || (kind === 'COLLATERAL' && amount < 0n);

/** Collateral moves between the accounts of one owner: of each owner it sums to zero. */
function checkCollateral(
  transfers: readonly TransferInput[],
  amounts: readonly bigint[],
  heads: Map<string, AccountHead>,
): void {
  const moved = new Map<string, { sum: bigint; index: number }>();
  transfers.forEach(({ kind, account }, index) => {
    if (kind !== 'COLLATERAL') return;
    const { owner } = heads.get(account)!;
    moved.set(owner, { sum: (moved.get(owner)?.sum ?? 0n) + amounts[index]!, index });
  });
  for (const { sum, index } of moved.values()) {
    if (sum === 0n) continue;
    throw new Refusal(
      'INVALID_INPUT',
      'Collateral moves between the accounts of one owner: what one gives another gets, in the same call.',
      [...list, index, 'amount'],
    );
  }
}

function transferAmount(transfer: TransferInput, decimals: number, path: Path): bigint {
  const amount = checkAmount(transfer.amount, decimals, path);
  if (amount === 0n) throw new Refusal('INVALID_INPUT', 'The amount is zero: leave the transfer out.', path);
  if (transfer.kind === 'DEPOSIT' && amount < 0n) {
    throw new Refusal('INVALID_INPUT', 'A deposit adds to the balance: its amount is above zero.', path);
  }
  if (transfer.kind === 'WITHDRAWAL' && amount > 0n) {
    throw new Refusal(
      'INVALID_INPUT',
      'A withdrawal takes from the balance: its amount is below zero.',
      path,
    );
  }
  return amount;
}

async function refuseGatedWithdrawal(
  { sql, pool }: PoolTransaction,
  withdrawals: ReadonlyMap<number, Path>,
): Promise<void> {
  if (!pool.rules.withdrawalsGated) return;
  const [open] =
    await sql`select from loss_events where pool_id = ${pool.poolId} and status = 'OPEN' limit 1`;
  if (!open) return;
  const [path] = withdrawals.values();
  throw new Refusal(
    'WITHDRAWALS_GATED',
    'A loss is open in the pool, and its rules hold withdrawals until it is settled: withdraw after the settlement.',
    path!,
  );
}

/** Writes transfers under a sequence. Withdrawals are judged by what all of the call leaves the account with. */
export async function writeTransfers(
  tx: PoolTransaction,
  sequence: bigint,
  prepared: PreparedTransfers,
): Promise<void> {
  const { sql, pool } = tx;
  writePostings(tx, sequence, prepared.postings);
  writeHeads(tx, sequence, prepared.heads);
  if (prepared.withdrawals.size === 0) return;
  const short = await sql<{ account_no: number; negative: boolean }[]>`
    select account_no, balance < 0 as negative from account_state
    where pool_id = ${pool.poolId} and account_no = any(${[...prepared.withdrawals.keys()]}::int[])
      and (balance < 0 or balance + unrealized < initial_margin)`;
  // The first in the order of the call, so that the answer does not depend on a plan.
  const refused = new Map(short.map((row) => [row.account_no, row.negative]));
  for (const [accountNo, path] of prepared.withdrawals) {
    const negative = refused.get(accountNo);
    if (negative === undefined) continue;
    throw new Refusal(
      'INSUFFICIENT_FUNDS',
      negative
        ? 'The withdrawal would take the balance below zero: withdraw less.'
        : "The withdrawal would take the equity below the positions' initial margin: withdraw less, or reduce positions.",
      path,
    );
  }
}

export async function postTransfers(
  runtime: Runtime,
  input: { pool: string; idempotencyKey: string; transfers: readonly TransferInput[] },
): Promise<Committed> {
  const { idempotencyKey, transfers } = input;
  checkItems(transfers, 'transfers', list);
  checkTransfers(transfers);
  return inPool(
    runtime,
    { mutation: 'postTransfers', pool: input.pool, idempotencyKey, input },
    async (tx) => {
      const heads = await readHeads(
        tx,
        transfers.map((transfer) => transfer.account),
      );
      const prepared = await prepareTransfers(tx, transfers, heads);
      const sequence = tx.advance({ accounts: prepared.heads.map(({ accountNo }) => accountNo) });
      await writeTransfers(tx, sequence, prepared);
      return { sequence, count: transfers.length };
    },
  );
}
