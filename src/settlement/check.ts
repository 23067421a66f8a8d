import { ONE, SCALE, scaleDecimal } from '../core/decimal.ts';
import { MAX_AMOUNT, MAX_QUANTITY } from '../core/money.ts';
import { type Path, Refusal } from '../core/refusal.ts';

/** The most items that one call may carry. */
export const MAX_ITEMS = 10_000;

const MAX_NAME_BYTES = 128;
const MAX_REF_BYTES = 255;

/** Control and format characters, quotes and lone surrogates: what breaks logs, exports and shells further on. */
const UNSAFE_NAME = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}"'`\\]/u;

const invalid = (message: string, path: Path): Refusal => new Refusal('INVALID_INPUT', message, path);

/** A natural key: pool, market, account, owner, loss event, idempotency key. */
export function checkName(name: string, what: string, path: Path, maxBytes = MAX_NAME_BYTES): void {
  if (name === '') throw invalid(`${what} is empty: give it at least one character.`, path);
  if (name.length > maxBytes || Buffer.byteLength(name) > maxBytes) {
    throw invalid(`${what} is longer than ${maxBytes} bytes: shorten it.`, path);
  }
  if (UNSAFE_NAME.test(name)) {
    throw invalid(
      `${what} holds a control character, a quote or a backslash: use printable characters.`,
      path,
    );
  }
  if (name !== name.trim()) throw invalid(`${what} begins or ends with a blank: trim it.`, path);
}

/** The caller's own note on a transfer or a contribution. */
export function checkRef(ref: string | null | undefined, path: Path): void {
  if (ref !== null && ref !== undefined) checkName(ref, 'The ref', path, MAX_REF_BYTES);
}

export function checkIdempotencyKey(key: string): void {
  checkName(key, 'The idempotency key', ['input', 'idempotencyKey'], MAX_REF_BYTES);
}

export function checkItems(items: readonly unknown[], what: string, path: Path): void {
  if (items.length === 0)
    throw invalid(`The list of ${what} is empty: name at least one, or make no call.`, path);
  if (items.length > MAX_ITEMS) {
    throw invalid(`${items.length} ${what} are too many: send at most ${MAX_ITEMS} a call.`, path);
  }
}

/** An amount in atoms. Refuses more fraction digits than the asset has, and more than 10^37 atoms. */
export function checkAmount(text: string, decimals: number, path: Path): bigint {
  const scaled = scaleDecimal(text, decimals, MAX_AMOUNT);
  if ('value' in scaled) return scaled.value;
  throw scaled.problem === 'digits'
    ? invalid(
        `The amount has more fraction digits than the asset's ${decimals}: round it before you send it.`,
        path,
      )
    : invalid(`The amount is out of range: at most 10^37 of the asset's smallest unit.`, path);
}

/** A price, size, contract size or rate in units of 10^-18. */
export function checkQuantity(text: string, what: string, path: Path): bigint {
  const scaled = scaleDecimal(text, SCALE, MAX_QUANTITY);
  if ('value' in scaled) return scaled.value;
  throw scaled.problem === 'digits'
    ? invalid(`${what} has more than ${SCALE} fraction digits: round it before you send it.`, path)
    : invalid(`${what} is out of range: it must stay below 10^20.`, path);
}

/** A price ≥ 0: a market may settle at zero. */
export function checkPrice(text: string, what: string, path: Path): bigint {
  const price = checkQuantity(text, what, path);
  if (price < 0n) throw invalid(`${what} is below zero: a price is at least 0.`, path);
  return price;
}

/** A rate from 0 to 1. */
export function checkRate(text: string, what: string, path: Path): bigint {
  const rate = checkQuantity(text, what, path);
  if (rate < 0n || rate > ONE) throw invalid(`${what} must be between 0 and 1.`, path);
  return rate;
}
