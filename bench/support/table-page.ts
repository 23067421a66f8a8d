/* The page of docs/benchmarks.md: its table of rows by their commands, and text around it that people write. */

const HEAD = '| command | measured | ratio | figures |\n| --- | --- | --- | --- |';
const TABLE = /^\| command \|.*\n\| --- .*\n(?:\|.*\n)*/m;
const ROW = /^\| `npm run bench -- ([^`]+)` .*$/gm;

export function row(
  command: string,
  measured: string,
  ratio: unknown,
  figures: readonly (readonly [string, unknown])[],
): string {
  // One language, whatever the machine's is.
  const show = (value: unknown) =>
    typeof value === 'number' ? value.toLocaleString('en-US') : String(value);
  const listed = figures.map(([key, value]) => `${key} ${show(value)}`);
  return `| \`npm run bench -- ${command}\` | ${measured} | **${show(ratio)}** | ${listed.join(', ')} |`;
}

/** The page with rows put in or replaced, in the order of `commands`; those not named stay, and those of no command go. */
export function withRows(
  page: string,
  commands: readonly string[],
  fresh: ReadonlyMap<string, string>,
): string {
  const table = TABLE.exec(page);
  if (!table) throw new Error('The page has no table of benchmarks to put rows into.');
  const kept = new Map([...table[0].matchAll(ROW)].map((match) => [match[1]!, match[0]]));
  const rows = commands.flatMap((command) => fresh.get(command) ?? kept.get(command) ?? []);
  const end = table.index + table[0].length;
  return `${page.slice(0, table.index)}${[HEAD, ...rows].join('\n')}\n${page.slice(end)}`;
}
