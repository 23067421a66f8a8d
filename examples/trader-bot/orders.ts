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

/** What closes half of a position, exactly: sizes are decimals, and no float holds them. */
export function half(size: string): string {
  const [whole = '', fraction = ''] = size.replace('-', '').split('.');
  const tenths = (BigInt(whole + fraction) * 10n) / 2n;
  const digits = tenths.toString().padStart(fraction.length + 2, '0');
  const point = digits.length - fraction.length - 1;
  return `${size.startsWith('-') ? '' : '-'}${digits.slice(0, point)}.${digits.slice(point)}`;
}
