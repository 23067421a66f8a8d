/** Plain data with bigints, as text and back. */
export const toText = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? { bigint: item.toString() } : item));

export const fromText = <T>(text: string): T =>
  JSON.parse(text, (_, item) =>
    item !== null &&
    typeof item === 'object' &&
    Object.keys(item).length === 1 &&
    typeof item.bigint === 'string'
      ? BigInt(item.bigint)
      : item,
  ) as T;
