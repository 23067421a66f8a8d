import { paint, plain, print } from './output.ts';

export interface Column<Row> {
  readonly title: string;
  /** Numbers stand on the right, so that their digits are above each other. */
  readonly isNumber?: boolean;
  readonly of: (row: Row) => string | number | null | undefined;
}

const GAP = '  ';

export async function printTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  say = print,
): Promise<void> {
  for (const line of table(rows, columns)) await say(line);
}

/** Lines of a table for people. Amounts stand as the server wrote them, to the last digit. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const cells = rows.map((row) => columns.map(({ of }) => plain(String(of(row) ?? '–'))));
  const widths = columns.map(({ title }, i) =>
    Math.max(...[title, ...cells.map((line) => line[i]!)].map(({ length }) => length)),
  );
  const lineOf = (line: readonly string[]) =>
    line
      .map((cell, i) => (columns[i]!.isNumber ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join(GAP)
      .trimEnd();
  return [paint('bold', lineOf(columns.map(({ title }) => title))), ...cells.map(lineOf)];
}

export type Facts = readonly (readonly [name: string, value: string | number | null | undefined])[];

/** Names and values, a line each. */
export async function printFacts(facts: Facts): Promise<void> {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts)
    await print(`${paint('dim', name.padEnd(width))}${GAP}${plain(String(value ?? '–'))}`);
}

/** Names and amounts, the amounts above each other. */
export async function printAmounts(
  amounts: readonly (readonly [name: string, amount: string, note?: string])[],
  say = print,
): Promise<void> {
  const width = Math.max(...amounts.map(([name]) => name.length));
  const digits = Math.max(...amounts.map(([, amount]) => amount.length));
  for (const [name, amount, note = ''] of amounts)
    await say(
      `${paint('dim', name.padEnd(width))}${GAP}${plain(amount).padStart(digits)}${note && GAP}${plain(note)}`.trimEnd(),
    );
}
