import { customType, timestamp } from 'drizzle-orm/pg-core';
import type { Tier } from '../core/rules.ts';

/**
 * Column types that carry money and keys without loss.
 *
 * PostgreSQL hands numerics over as text, so a value never passes through a float on its way to a bigint.
 */

/** An amount that is checked against a limit before it is written: an integer of up to 38 digits. */
export const atoms = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'numeric(38,0)',
  fromDriver: (value) => BigInt(value),
  toDriver: (value) => value.toString(),
});

/** A sum of amounts, or a profit at extreme marks: no one input bounds it, so the column must not either. */
export const wideAtoms = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'numeric(120,0)',
  fromDriver: (value) => BigInt(value),
  toDriver: (value) => value.toString(),
});

/** What a method weighs a claim by: a profit times powers of leverage. */
export const weight = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'numeric(200,0)',
  fromDriver: (value) => BigInt(value),
  toDriver: (value) => value.toString(),
});

/** A price, size, rate or exact cost as the decimal text that PostgreSQL prints. */
export const decimal = customType<{ data: string; driverData: string }>({ dataType: () => 'numeric' });

/** Text that orders by its UTF-8 bytes on every server, whatever the database's locale: the order of ties. */
export const key = customType<{ data: string; driverData: string }>({ dataType: () => 'text COLLATE "C"' });

/** A pool's sequence number. */
export const sequenceNumber = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'bigint',
  fromDriver: (value) => BigInt(value),
  toDriver: (value) => value.toString(),
});

/** Tiers as an array of plain words, which comes as the text {A,B}. */
export const tierList = customType<{ data: Tier[]; driverData: string }>({
  dataType: () => 'text[]',
  fromDriver: (value) => parseTiers(value),
});

export const parseTiers = (text: string): Tier[] => text.slice(1, -1).split(',') as Tier[];

/** Numbers as an array, which comes as the text {1,2.5}; canonical decimal text inside. */
export const quantities = customType<{ data: string[]; driverData: string }>({
  dataType: () => 'numeric[]',
  fromDriver: (value) => parseQuantities(value),
  toDriver: (value) => `{${value.join(',')}}`,
});

export const parseQuantities = (text: string): string[] =>
  text === '{}' ? [] : text.slice(1, -1).split(',');

/** Numbers of accounts as an array. */
export const numbers = customType<{ data: number[]; driverData: string }>({
  dataType: () => 'integer[]',
  fromDriver: (value) => (value === '{}' ? [] : value.slice(1, -1).split(',').map(Number)),
  toDriver: (value) => `{${value.join(',')}}`,
});

export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });

/** A moment, to the microsecond, as text: a Date would cut it to milliseconds. */
export const instant = (name: string) =>
  timestamp(name, { precision: 6, withTimezone: true, mode: 'string' });

/** What covers a deficit, tier by tier; of an event, net of what was given back. */
export const covers = (column: typeof atoms | typeof wideAtoms) => ({
  recourse: column('recourse').notNull().default(0n),
  operatorCapital: column('operator_capital').notNull().default(0n),
  fundDraw: column('fund_draw').notNull().default(0n),
  socialized: column('socialized').notNull().default(0n),
});
