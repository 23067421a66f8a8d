/** Orders go to the venue, by an interface of its own: this stands for it. */

export interface Order {
  readonly account: string;
  readonly market: string;
  /** Contracts, signed: bought above 0, sold below. */
  readonly size: string;
}

/** Returns once the order is filled, and the venue has told Shearwater so. */
export async function sendOrder(url: string, order: Order): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
  if (!response.ok) throw new Error(`The venue refused the order with ${response.status}`);
}

/** Sizes have so many fraction digits at most. */
const DIGITS = 18;

/** What closes half of a position, in the smallest unit of sizes, rounded up: they are decimals, and no float holds them. */
export function half(size: string): string {
  const [whole = '', fraction = ''] = size.replace('-', '').split('.');
  const units = (BigInt(whole + fraction.padEnd(DIGITS, '0')) + 1n) / 2n;
  const digits = units.toString().padStart(DIGITS + 1, '0');
  const order = `${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`.replace(/\.?0+$/, '');
  return size.startsWith('-') ? order : `-${order}`;
}
