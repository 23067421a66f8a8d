import { createHash } from 'node:crypto';
import { Refusal } from '../core/refusal.ts';
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

/** What a key answered before; null where it was not used. */
export async function replay(sql: Sql, poolId: number, key: string, hash: Buffer): Promise<Committed | null> {
  const [record] = await sql<{ input_hash: Uint8Array; sequence: string; count: number }[]>`
    select input_hash, sequence, count from idempotency_records where pool_id = ${poolId} and key = ${key}`;
  if (!record) return null;
  if (!hash.equals(record.input_hash)) {
    throw new Refusal(
      'IDEMPOTENCY_CONFLICT',
      'This idempotency key was used with another input: send what you sent then, or choose a new key.',
      ['input', 'idempotencyKey'],
    );
  }
  return { poolId, sequence: BigInt(record.sequence), count: record.count };
}
