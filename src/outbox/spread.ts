/**
 * Does something with each item in turn, in an order of chance, at no more than a rate: clients that lose their connection
 * come back at once, and ten thousand at a time would be too many.
 */
export async function spread<T>(
  items: Iterable<T>,
  perSecond: number,
  each: (item: T) => void,
): Promise<void> {
  const order = shuffled([...items]);
  const began = performance.now();
  for (const [index, item] of order.entries()) {
    const due = began + (index * 1_000) / perSecond - performance.now();
    // A timer knows milliseconds: what is due within one goes now.
    if (due >= 1) await new Promise((resolve) => setTimeout(resolve, due));
    each(item);
  }
}

function shuffled<T>(items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
