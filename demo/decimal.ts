/** Exact decimals for the book: whole numbers of 10^-18. Never a float on its way to the API. */
export const ONE = 10n ** 18n;
/** One cent in units of 10^-18. */
export const CENT = 10n ** 16n;

/** Reads "104800.25" as whole numbers of 10^-digits. */
export function parseDecimal(text: string, digits = 18): bigint {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > digits)
    throw new Error(`"${text}" is no decimal of ${digits} digits`);
  const value = BigInt(whole + fraction.padEnd(digits, '0'));
  return sign === '-' ? -value : value;
}

/** Writes whole numbers of 10^-digits, without trailing zeros. */
export function printDecimal(value: bigint, digits = 18): string {
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
  const fraction = text.slice(text.length - digits).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${text.slice(0, text.length - digits)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The same with exactly the digits asked for, and commas between thousands: "1,250.000001". */
export function printMoney(value: bigint, digits: number): string {
  const [whole, fraction = ''] = printDecimal(value, digits).split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',');
  return digits === 0 ? grouped : `${grouped}.${fraction.padEnd(digits, '0')}`;
}

/** An approximate number as an exact decimal of so many significant digits. */
export function significant(value: number, digits: number): bigint {
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
  const power = Number(exponent) - (digits - 1) + 18;
  const whole = BigInt(mantissa.replace('.', ''));
  return power >= 0 ? whole * 10n ** BigInt(power) : whole / 10n ** BigInt(-power);
}
