import { createHash } from 'node:crypto';
import { Refusal } from '../core/refusal.ts';
import { findable } from './locked-pool.ts';
import type { Committed, Request, Sql } from './transaction.ts';

/** Two inputs are the same request when this text is: keys sorted, absent and null alike, as after coercion. */
export function canonicalInput(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    const entries = Object.entries(part).filter(([, v]) => v !== null && v !== undefined);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** What a key is remembered with: the same mutation with the same input has the same. */
export const hashOf = ({ mutation, input }: Pick<Request, 'mutation' | 'input'>): Buffer =>
  createHash('sha256')
    .update(`${mutation}\n${canonicalInput(input)}`)
    .digest();

/** What a key of a pool answered before. */
export interface IdempotencyRecord {
  readonly pool_id: number;
  readonly input_hash: Uint8Array;
  readonly sequence: string;
  readonly count: number;
}

/** The record of a key; null where it was not used. */
export async function readRecord(sql: Sql, pool: string, key: string): Promise<IdempotencyRecord | null> {
  if (!findable(pool)) return null;
  const [record] = await sql<IdempotencyRecord[]>`
    select pool_id, input_hash, sequence, count from idempotency_records
    where pool_id = (select pool_id from pools where name = ${pool}) and key = ${key}`;
  return record ?? null;
}

/**
 * What a key answered before, to who sends the same again.
 *
 * @throws Refusal IDEMPOTENCY_CONFLICT
 */
export function replay(record: IdempotencyRecord, hash: Buffer): Committed {
  if (!hash.equals(record.input_hash)) {
    throw new Refusal(
      'IDEMPOTENCY_CONFLICT',
      'This idempotency key was used with another input: send what you sent then, or choose a new key.',
      ['input', 'idempotencyKey'],
    );
  }
  return { poolId: record.pool_id, sequence: BigInt(record.sequence), count: record.count };
}
