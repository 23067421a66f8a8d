import { ALLOCATION_METHODS } from '../allocation/allocation.ts';
import { MAX_ASSET_DECIMALS } from '../money.ts';
import type { Ratio } from '../ratio.ts';
import {
  type Commitment,
  type CommittedPart,
  type Haircut,
  type PartHaircut,
  type PathStep,
  PROOF_FORMAT,
  type Proof,
  SHEET_FORMAT,
  type SheetEnd,
  type SheetHeader,
} from './format.ts';

/** Strict readers of proofs and sheets: exactly the fields of the format, each of one spelling, within limits. */

export type Parsed<T> = { readonly value: T } | { readonly problem: string };

export const MAX_PARTS = 10_000;
const MAX_PATH = 64;
const MAX_NAME = 1_000;
const MAX_COUNT = 2 ** 53 - 1;

const INTEGER = /^(?:0|[1-9]\d{0,199})$/;
/** What would make two texts of one look, or of one hash. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

class Malformed extends Error {}

function fail(at: string, what: string): never {
  throw new Malformed(`${at || 'The document'} ${what}.`);
}

/** A reader says where in the document it stands: `at` is empty at the top, and "parts[0].amount" further down. */
function parser<T>(read: (value: unknown, at: string) => T): (value: unknown) => Parsed<T> {
  return (value) => {
    try {
      return { value: read(value, '') };
    } catch (error) {
      if (error instanceof Malformed) return { problem: error.message };
      throw error;
    }
  };
}

type Fields<Name extends string> = { readonly [Key in Name]: unknown };

function fields<Name extends string>(value: unknown, at: string, names: readonly Name[]): Fields<Name> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(at, 'must be an object');
  for (const name of names) if (!Object.hasOwn(value, name)) fail(inside(at, name), 'is missing');
  const stranger = Object.keys(value).find((key) => !names.some((name) => name === key));
  if (stranger !== undefined) {
    fail(inside(at, JSON.stringify(stranger.slice(0, 40))), 'is not a field of the format');
  }
  return value as Fields<Name>;
}

const inside = (at: string, name: string): string => (at ? `${at}.${name}` : name);

function list<T>(
  value: unknown,
  at: string,
  [least, most]: readonly [number, number],
  item: (value: unknown, at: string) => T,
): T[] {
  if (!Array.isArray(value)) fail(at, 'must be a list');
  if (value.length < least || value.length > most) fail(at, `must have ${least} to ${most} entries`);
  return value.map((entry, i) => item(entry, `${at}[${i}]`));
}

function integer(value: unknown, at: string): bigint {
  if (typeof value !== 'string' || !INTEGER.test(value)) {
    fail(at, 'must be a string of up to 200 decimal digits, without sign or leading zeros');
  }
  return BigInt(value);
}

function positive(value: unknown, at: string): bigint {
  const read = integer(value, at);
  if (read === 0n) fail(at, 'must be above 0');
  return read;
}

function count(value: unknown, at: string, least: number, most: number): number {
  if (typeof value !== 'number' || value % 1 !== 0 || value < least || value > most) {
    fail(at, `must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function name(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_NAME || UNPRINTABLE.test(value)) {
    fail(at, `must be a text of 1 to ${MAX_NAME} printable characters`);
  }
  return value;
}

function hex(value: unknown, at: string, digits: 32 | 64): string {
  if (typeof value !== 'string' || value.length !== digits || !/^[0-9a-f]*$/.test(value)) {
    fail(at, `must be ${digits} lowercase hex digits`);
  }
  return value;
}

function oneOf<T>(value: unknown, at: string, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (found === undefined) fail(at, `must be ${known.map((each) => JSON.stringify(each)).join(' or ')}`);
  return found;
}

function fraction(value: unknown, at: string): Ratio {
  const { numerator, denominator } = fields(value, at, ['numerator', 'denominator']);
  return {
    numerator: integer(numerator, inside(at, 'numerator')),
    denominator: positive(denominator, inside(at, 'denominator')),
  };
}

function committedPart(value: unknown, at: string): CommittedPart {
  const read = fields(value, at, [
    'part',
    'scope',
    'market',
    'method',
    'phase',
    'level',
    'lastRemainder',
    'loss',
    'profitTotal',
    'capacity',
  ]);
  const scope = oneOf(read.scope, inside(at, 'scope'), ['RECOURSE', 'MARKET', 'POOL'] as const);
  if (scope !== 'MARKET' && read.market !== null) {
    fail(inside(at, 'market'), 'must be null, as the part is of no market');
  }
  return {
    part: count(read.part, inside(at, 'part'), 1, MAX_PARTS),
    scope,
    market: scope === 'MARKET' ? name(read.market, inside(at, 'market')) : null,
    method: oneOf(read.method, inside(at, 'method'), ALLOCATION_METHODS),
    phase: count(read.phase, inside(at, 'phase'), 1, 99),
    level: fraction(read.level, inside(at, 'level')),
    lastRemainder: fraction(read.lastRemainder, inside(at, 'lastRemainder')),
    loss: positive(read.loss, inside(at, 'loss')),
    profitTotal: positive(read.profitTotal, inside(at, 'profitTotal')),
    capacity: positive(read.capacity, inside(at, 'capacity')),
  };
}

function commitment(value: unknown, at: string): Commitment {
  const read = fields(value, at, ['root', 'tree', 'total', 'profitTotal', 'leaves', 'parts']);
  const parts = list(read.parts, inside(at, 'parts'), [1, MAX_PARTS], committedPart);
  parts.forEach(({ part }, i) => {
    if (part !== i + 1) fail(inside(at, `parts[${i}].part`), `must be ${i + 1}: parts are numbered from 1`);
  });
  return {
    root: hex(read.root, inside(at, 'root'), 64),
    tree: hex(read.tree, inside(at, 'tree'), 64),
    total: positive(read.total, inside(at, 'total')),
    profitTotal: integer(read.profitTotal, inside(at, 'profitTotal')),
    leaves: count(read.leaves, inside(at, 'leaves'), 1, MAX_COUNT),
    parts,
  };
}

function partHaircut(value: unknown, at: string): PartHaircut {
  const read = fields(value, at, ['part', 'amount', 'profit', 'cap', 'weight']);
  return {
    part: count(read.part, inside(at, 'part'), 1, MAX_PARTS),
    amount: positive(read.amount, inside(at, 'amount')),
    profit: positive(read.profit, inside(at, 'profit')),
    cap: positive(read.cap, inside(at, 'cap')),
    weight: integer(read.weight, inside(at, 'weight')),
  };
}

const HAIRCUT = ['account', 'amount', 'profit', 'cap', 'parts', 'salt'] as const;

function haircut(read: Fields<(typeof HAIRCUT)[number]>): Haircut {
  const parts = list(read.parts, 'parts', [1, MAX_PARTS], partHaircut);
  parts.forEach(({ part }, i) => {
    if (i > 0 && part <= parts[i - 1]!.part) fail(`parts[${i}].part`, 'must be above the one before');
  });
  return {
    account: name(read.account, 'account'),
    amount: positive(read.amount, 'amount'),
    profit: positive(read.profit, 'profit'),
    cap: integer(read.cap, 'cap'),
    parts,
    salt: hex(read.salt, 'salt', 32),
  };
}

function pathStep(value: unknown, at: string): PathStep {
  const read = fields(value, at, ['side', 'hash', 'sum']);
  return {
    side: oneOf(read.side, inside(at, 'side'), ['left', 'right'] as const),
    hash: hex(read.hash, inside(at, 'hash'), 64),
    sum: positive(read.sum, inside(at, 'sum')),
  };
}

const SETTLEMENT = ['format', 'pool', 'sequence', 'decimals', 'commitment'] as const;

function settlement<Format>(read: Fields<(typeof SETTLEMENT)[number]>, format: Format) {
  return {
    format: oneOf(read.format, 'format', [format]),
    pool: name(read.pool, 'pool'),
    sequence: positive(read.sequence, 'sequence'),
    decimals: count(read.decimals, 'decimals', 0, MAX_ASSET_DECIMALS),
    commitment: commitment(read.commitment, 'commitment'),
  };
}

export const parseProof: (value: unknown) => Parsed<Proof> = parser((value, at) => {
  const read = fields(value, at, [...SETTLEMENT, ...HAIRCUT, 'path']);
  return {
    ...settlement(read, PROOF_FORMAT),
    ...haircut(read),
    path: list(read.path, 'path', [0, MAX_PATH], pathStep),
  };
});

export const parseSheetHeader: (value: unknown) => Parsed<SheetHeader> = parser((value, at) =>
  settlement(fields(value, at, SETTLEMENT), SHEET_FORMAT),
);

/** A line of a sheet after the first: a haircut, or the end. */
export const parseSheetLine: (value: unknown) => Parsed<Haircut | SheetEnd> = parser((value, at) => {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'end')) {
    return haircut(fields(value, at, HAIRCUT));
  }
  const { end, haircuts } = fields(value, at, ['end', 'haircuts']);
  return { end: oneOf(end, 'end', [true] as const), haircuts: count(haircuts, 'haircuts', 1, MAX_COUNT) };
});
