/*
 * A Relay id is its type and its natural keys. They survive a restore and a move of the pool to another server, which
 * row numbers do not, and a client may keep them for ever.
 */

export type NodeType =
  | 'Pool'
  | 'Market'
  | 'Account'
  | 'InsuranceFund'
  | 'FundEntry'
  | 'LossEvent'
  | 'Settlement'
  | 'Recovery'
  | 'Haircut';

const KEYS: Record<NodeType, number> = {
  Pool: 1,
  Market: 2,
  Account: 2,
  InsuranceFund: 1,
  FundEntry: 2,
  LossEvent: 2,
  Settlement: 2,
  Recovery: 2,
  Haircut: 3,
};

export function nodeId(type: NodeType, ...keys: readonly string[]): string {
  return Buffer.from(JSON.stringify([type, ...keys])).toString('base64url');
}

export interface DecodedId {
  readonly type: NodeType;
  readonly keys: readonly string[];
}

/** Null for anything that nodeId did not make. */
export function decodeId(id: string): DecodedId | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(id, 'base64url').toString());
    if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) return null;
    const [type, ...keys] = parts as [NodeType, ...string[]];
    return Object.hasOwn(KEYS, type) && keys.length === KEYS[type] ? { type, keys } : null;
  } catch {
    return null;
  }
}

/** A sequence number in an id, or null when it is none. */
export function sequenceKey(text: string): bigint | null {
  return /^[1-9]\d{0,17}$/.test(text) ? BigInt(text) : null;
}
