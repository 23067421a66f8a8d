import { METHODS } from '../core/allocation/allocation.ts';
import { AtomColumn } from '../core/atom-column.ts';
import {
  type Commitment,
  type CommittedPart,
  type Haircut,
  leafText,
  type PartHaircut,
  PROOF_FORMAT,
  type Proof,
} from '../core/proof/format.ts';
import { type Level, SumTree } from '../core/proof/tree.ts';
import type { Ratio } from '../core/ratio.ts';
import type { Database } from '../db/database.ts';
import { type HaircutRow, type SettlementRow, settlementRow } from '../db/rows.ts';
import { parseLeaves, saltOf, sha256 } from './commitment.ts';

/** The proof of one haircut, put together from what its settlement stored. */
export interface HaircutProof {
  readonly poolId: number;
  readonly leaf: string;
  readonly proof: Proof;
}

interface PoolName {
  readonly name: string;
  readonly decimals: number;
}

type Key = string;
const keyOf = ({ poolId, sequence }: { poolId: number; sequence: bigint }): Key => `${poolId}/${sequence}`;

/** A settlement as its proofs need it. */
export interface Committed {
  readonly settlement: SettlementRow;
  readonly commitment: Commitment;
  readonly seed: Uint8Array;
}

/**
 * Proofs of some haircuts, in their order; null where a settlement has no commitment. A constant number of statements,
 * whatever the haircuts: each reads one chunk of leaves, and the tops of all chunks of its settlement.
 */
export async function readProofs(
  db: Database,
  haircuts: readonly HaircutRow[],
  poolOf: (poolId: number) => PoolName,
): Promise<(HaircutProof | null)[]> {
  const settlements = await readCommitted(db, haircuts);
  const parts = await readHaircutParts(db, haircuts);
  const tops = await readTops(db, [...settlements.values()]);
  const found = haircuts.map((row, i) => {
    const key = keyOf(row);
    const committed = settlements.get(key);
    if (!committed) return null;
    const haircut = haircutOf(row, committed, parts[i]!);
    const leaf = sha256(leafText(poolOf(row.poolId).name, row.sequence, haircut));
    return { row, key, committed, haircut, leaf, chunk: chunkOf(tops.get(key)!.firsts, leaf) };
  });
  const chunks = await readChunks(
    db,
    found.filter((item) => item !== null).map(({ row, chunk }) => ({ ...row, chunk })),
  );
  const trees = new Map<string, SumTree>();
  const treeOf = (name: string, leaves: Level): SumTree => {
    const tree = trees.get(name) ?? new SumTree(leaves, sha256);
    trees.set(name, tree);
    return tree;
  };
  return found.map((item) => {
    if (!item) return null;
    const { row, key, committed, haircut, leaf, chunk } = item;
    const leaves = chunks.get(`${key}/${chunk}`)!;
    const index = leaves.hashes.indexOf(leaf);
    if (index < 0) throw new Error(`a haircut of settlement ${row.sequence} is not in its tree`);
    const path = [
      ...treeOf(`${key}/${chunk}`, leaves).path(index),
      ...treeOf(key, tops.get(key)!.level).path(chunk),
    ];
    const { name, decimals } = poolOf(row.poolId);
    const { commitment } = committed;
    const of = { format: PROOF_FORMAT, pool: name, sequence: row.sequence, decimals } as const;
    return { poolId: row.poolId, leaf, proof: { ...of, ...haircut, path, commitment } };
  });
}

/** A haircut as its leaf has it. A settlement of one part over the whole pool keeps the part in the haircut's own row. */
export function haircutOf(
  row: HaircutRow,
  { settlement, commitment, seed }: Committed,
  parts: PartHaircut[],
): Haircut {
  const [profit, cap] = [row.profit!, row.cap!];
  const only = commitment.parts[0]!;
  const { needsExposures } = METHODS[settlement.method];
  return {
    account: row.accountRef,
    amount: row.amount,
    profit,
    cap,
    parts:
      parts.length > 0
        ? parts
        : [
            {
              part: only.part,
              amount: row.amount,
              profit,
              cap,
              weight: needsExposures ? (row.weight ?? profit) : profit,
            },
          ],
    salt: saltOf(seed, row.ordinal),
  };
}

const fractionOf = (text: string): Ratio => {
  const [numerator, denominator] = text.split('/') as [string, string];
  return { numerator: BigInt(numerator), denominator: BigInt(denominator) };
};

/** A row of settlement_parts with its market's symbol. */
export function committedPart(raw: Record<string, unknown>): CommittedPart {
  const text = (name: string) => raw[name] as string;
  return {
    part: raw.part as number,
    scope: raw.scope as CommittedPart['scope'],
    market: (raw.symbol as string | null) ?? null,
    method: raw.method as CommittedPart['method'],
    phase: raw.phase as number,
    level: fractionOf(text('level')),
    lastRemainder: fractionOf(text('last_remainder')),
    loss: BigInt(text('loss')),
    profitTotal: BigInt(text('profit_total')),
    capacity: BigInt(text('capacity')),
  };
}

interface SettlementKey {
  readonly poolId: number;
  readonly sequence: bigint;
}

/** The settlements that have a commitment, with what their root is of and the seed of their salts. */
export async function readCommitted(
  { sql }: Database,
  keys: readonly SettlementKey[],
): Promise<Map<Key, Committed>> {
  const distinct = [...new Map(keys.map((key) => [keyOf(key), key])).values()];
  const wanted = sql`unnest(${distinct.map((key) => key.poolId)}::int[],
    ${distinct.map((key) => key.sequence.toString())}::bigint[]) as k(pool_id, sequence)`;
  const [rows, parts] = await Promise.all([
    sql`
      select s.*, r.root, r.tree, d.seed from ${wanted} join settlements s using (pool_id, sequence)
      join settlement_roots r using (pool_id, sequence) join settlement_seeds d using (pool_id, sequence)`,
    sql`
      select p.*, m.symbol from ${wanted} join settlement_parts p using (pool_id, sequence)
      left join markets m on m.pool_id = p.pool_id and m.market_no = p.market_no order by p.part`,
  ]);
  const byKey = new Map<Key, CommittedPart[]>();
  for (const raw of parts) {
    const key = `${raw.pool_id}/${raw.sequence}`;
    byKey.set(key, [...(byKey.get(key) ?? []), committedPart(raw)]);
  }
  return new Map(
    rows.map((raw) => {
      const settlement = settlementRow(raw);
      const key = keyOf(settlement);
      const commitment = {
        root: raw.root as string,
        tree: raw.tree as string,
        total: settlement.recourse + settlement.socialized,
        profitTotal: settlement.profitTotal,
        leaves: settlement.haircutCount,
        parts: byKey.get(key) ?? [],
      };
      return [key, { settlement, commitment, seed: raw.seed as Uint8Array }];
    }),
  );
}

/** The parts of each haircut, where they have rows of their own. */
async function readHaircutParts(
  { sql }: Database,
  haircuts: readonly HaircutRow[],
): Promise<PartHaircut[][]> {
  const rows = await sql`
    select k.k, p.* from unnest(${haircuts.map((row) => row.poolId)}::int[],
      ${haircuts.map((row) => row.sequence.toString())}::bigint[], ${haircuts.map((row) => row.ordinal)}::int[])
      with ordinality as k(pool_id, sequence, ordinal, k)
    join haircut_parts p using (pool_id, sequence, ordinal) order by p.part`;
  const parts = haircuts.map((): PartHaircut[] => []);
  for (const raw of rows) parts[Number(raw.k) - 1]!.push(partHaircut(raw));
  return parts;
}

export const partHaircut = (raw: Record<string, unknown>): PartHaircut => ({
  part: raw.part as number,
  amount: BigInt(raw.amount as string),
  profit: BigInt(raw.profit as string),
  cap: BigInt(raw.cap as string),
  weight: BigInt(raw.weight as string),
});

interface Tops {
  readonly firsts: string[];
  readonly level: { readonly hashes: string[]; readonly sums: AtomColumn };
}

/** The top of every chunk of leaves, by settlement. */
async function readTops({ sql }: Database, committed: readonly Committed[]): Promise<Map<Key, Tops>> {
  const rows = await sql<{ pool_id: number; sequence: string; first: string; hash: string; sum: string }[]>`
    select pool_id, sequence, first, hash, sum from unnest(${committed.map(({ settlement }) => settlement.poolId)}::int[],
      ${committed.map(({ settlement }) => settlement.sequence.toString())}::bigint[]) as k(pool_id, sequence)
    join settlement_leaves using (pool_id, sequence) order by chunk`;
  const tops = new Map<Key, Tops>();
  for (const row of rows) {
    const key = `${row.pool_id}/${row.sequence}`;
    const of = tops.get(key) ?? { firsts: [], level: { hashes: [], sums: new AtomColumn() } };
    tops.set(key, of);
    of.firsts.push(row.first);
    of.level.hashes.push(row.hash);
    of.level.sums.push(BigInt(row.sum));
  }
  return tops;
}

/** The chunk that a leaf is in: the last whose first hash is not above it. */
function chunkOf(firsts: readonly string[], leaf: string): number {
  let [low, high] = [0, firsts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (firsts[middle]! <= leaf) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function readChunks(
  { sql }: Database,
  keys: readonly (SettlementKey & { readonly chunk: number })[],
): Promise<Map<string, Level>> {
  const distinct = [...new Map(keys.map((key) => [`${keyOf(key)}/${key.chunk}`, key])).values()];
  const rows = await sql<{ pool_id: number; sequence: string; chunk: number; leaves: string }[]>`
    select pool_id, sequence, chunk, leaves from unnest(${distinct.map((key) => key.poolId)}::int[],
      ${distinct.map((key) => key.sequence.toString())}::bigint[], ${distinct.map((key) => key.chunk)}::int[])
      as k(pool_id, sequence, chunk)
    join settlement_leaves using (pool_id, sequence, chunk)`;
  return new Map(rows.map((row) => [`${row.pool_id}/${row.sequence}/${row.chunk}`, parseLeaves(row.leaves)]));
}
