export interface BenchOptions {
  readonly size: number;
  readonly runs: number;
  readonly history: number;
  readonly losers: number;
  readonly paths: number;
  readonly progress: (text: string) => void;
}

export interface Report {
  /** What --json prints, in this order: the ratio first. */
  readonly fields: { readonly ratio: number; readonly name: string } & Readonly<
    Record<string, number | string>
  >;
  /** What the floor does, and what it leaves out. */
  readonly floor: string;
}

export interface Bench {
  readonly name: string;
  readonly about: string;
  /** The size when none is given, and what it counts. */
  readonly size: number;
  readonly sizeOf: string;
  run(options: BenchOptions): Promise<Report>;
}

export function printReport({ fields, floor }: Report): string {
  const width = Math.max(...Object.keys(fields).map((key) => key.length));
  const rows = Object.entries(fields).map(
    ([key, value]) =>
      `  ${key.padEnd(width)}  ${typeof value === 'number' ? value.toLocaleString('en-US') : value}`,
  );
  return `${rows.join('\n')}\n\nThe floor: ${floor}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

export function readCount(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  throw new Error(`${option} ${text} is no whole number from ${low} to ${high}.`);
}
