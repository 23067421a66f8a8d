type Column = Float64Array | Uint32Array | Uint8Array | BigInt64Array;

/** The column itself where it has room for `length`, or a copy of at least twice its length. */
export function withRoom<T extends Column>(column: T, length: number): T {
  if (length <= column.length) return column;
  const Column = column.constructor as new (length: number) => T;
  const grown = new Column(Math.max(length, column.length * 2));
  grown.set(column as never);
  return grown;
}
