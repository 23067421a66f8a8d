import type { Haircut } from './haircut.ts';

const COLUMNS = ['account', 'amount', 'profit', 'cap', 'recovered'] as const;

/** Amounts as the API has them; a name that a spreadsheet would take for a formula is kept from it by an apostrophe. */
export function toCsv(haircuts: readonly Haircut[]): string {
  const text = (name: string) => `"${/^[=+\-@\t\r]/.test(name) ? "'" : ''}${name.replaceAll('"', '""')}"`;
  const line = (haircut: Haircut) =>
    COLUMNS.map((column) => (column === 'account' ? text(haircut.account) : haircut[column])).join(',');
  return `${[COLUMNS.join(','), ...haircuts.map(line)].join('\r\n')}\r\n`;
}

export function toJson(
  pool: string,
  settlement: string,
  asset: string,
  haircuts: readonly Haircut[],
): string {
  return JSON.stringify(
    { pool, settlement, asset, haircuts: haircuts.map(({ id: _, ...rest }) => rest) },
    null,
    1,
  );
}

/** Hands a text to the browser as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  // The browser takes its own hold of it first.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
