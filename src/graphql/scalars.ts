import { Kind } from 'graphql';
import { canonicalDecimal } from '../core/decimal.ts';
import { builder } from './builder.ts';
import { badUserInput } from './errors.ts';

/** Input stays text: whoever books it knows the asset's digits. A JSON number is a float by the time it is seen here. */
function parseDecimal(value: unknown): string {
  if (typeof value !== 'string') {
    throw badUserInput('Decimal must be a JSON string such as "1250.000001", never a number.');
  }
  const canonical = canonicalDecimal(value);
  if (canonical === null)
    throw badUserInput('Decimal must read like "1250.000001" or "-3": digits, at most one point.');
  return canonical;
}

builder.scalarType('Decimal', {
  serialize: (value) => value,
  parseValue: parseDecimal,
  parseLiteral: (node) => {
    if (node.kind !== Kind.STRING)
      throw badUserInput('Decimal must be a string in quotes, such as "1250.000001".');
    return parseDecimal(node.value);
  },
});

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/;

/** Any RFC 3339 timestamp to UTC with microseconds; what is finer is cut off. */
function parseDateTime(value: unknown): string {
  const [, date, time, fraction = '', zone] = typeof value === 'string' ? (RFC3339.exec(value) ?? []) : [];
  const instant = date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone!.toUpperCase()}`);
  const written = date === undefined ? Number.NaN : Date.parse(`${date}T${time}Z`);
  // Date.parse rolls 30 February over into March; a date that does not come back as it was written is none.
  if (Number.isNaN(instant) || !new Date(written).toISOString().startsWith(`${date}T${time}`)) {
    throw badUserInput('DateTime must be an RFC 3339 timestamp such as "2025-10-10T21:16:04.831000Z".');
  }
  const utc = new Date(instant).toISOString();
  // Other years have more digits and a sign, and a zone may lead there.
  if (!/^\d{4}-/.test(utc) || utc < '0001')
    throw badUserInput('DateTime must be within the years 0001 to 9999, in UTC.');
  return `${utc.slice(0, 19)}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}

/** A timestamp as PostgreSQL prints it ("2025-10-10 21:16:04.831+00"), or with a Z at its end, in the form of the contract. */
export function formatDateTime(stored: string): string {
  const end = stored.endsWith('+00') ? -3 : -1;
  return `${stored.slice(0, 10)}T${stored.slice(11, 19)}.${stored.slice(20, end).padEnd(6, '0')}Z`;
}

builder.scalarType('DateTime', {
  serialize: (value) => formatDateTime(value as string),
  parseValue: parseDateTime,
  parseLiteral: (node) => {
    if (node.kind !== Kind.STRING) throw badUserInput('DateTime must be a string in quotes.');
    return parseDateTime(node.value);
  },
});

builder.scalarType('Sequence', {
  serialize: (value) => (value as bigint).toString(),
  parseValue: parseSequence,
  parseLiteral: (node) => {
    if (node.kind !== Kind.STRING) throw badUserInput('Sequence must be a string in quotes, such as "42".');
    return parseSequence(node.value);
  },
});

/** Input stays text, as it is compared and hashed. */
function parseSequence(value: unknown): string {
  if (typeof value !== 'string' || !/^(?:0|[1-9]\d{0,17})$/.test(value)) {
    throw badUserInput('Sequence must be a JSON string of up to 18 digits, such as "42".');
  }
  return value;
}
