import { LISTS, type Row } from './export/lists.ts';
import { openTarget } from './export/target.ts';
import { openApi, SERVER_OPTIONS } from './kit/access.ts';
import { defineCommand, EXIT } from './kit/command.ts';
import { UsageError } from './kit/errors.ts';
import { plain, tell } from './kit/output.ts';
import { Progress } from './kit/progress.ts';

const FORMATS = ['csv', 'jsonl'] as const;

/** Lines that are written together. */
const AT_ONCE = 500;

export const exportCommand = defineCommand({
  name: 'export',
  words: ['POOL', '[LIST]'],
  summary: 'writes haircuts, fund entries or losses as CSV or JSON lines',
  about: `LIST is haircuts (when left out), fund or losses: everything that the token may read, oldest first. Amounts are
decimal strings, exact to the last digit. A file is complete or not there at all.`,
  options: {
    settlement: { type: 'string', value: 'SEQUENCE', help: 'the haircuts of this settlement only' },
    format: {
      type: 'string',
      value: 'FORMAT',
      help: `csv or jsonl, a JSON object a line (csv when left out)`,
    },
    out: { type: 'string', value: 'FILE', help: 'a new file; standard output when left out' },
    force: { type: 'boolean', help: 'takes the place of a file that is there already' },
    ...SERVER_OPTIONS,
  },
  examples: [
    ['export usd-perps --settlement 4711 --out haircuts.csv', 'who bore what of a settlement'],
    ['export usd-perps fund --format jsonl', 'every entry of the insurance fund'],
    ['export usd-perps losses', 'every loss event, with who paid for it'],
  ],
  async run({ options, words: [pool, list = 'haircuts'] }) {
    const { settlement, format = 'csv', out, force = false } = options;
    const chosen = LISTS.find(({ name }) => name === list);
    if (!chosen)
      throw new UsageError(
        `There is no list '${list}': export one of ${LISTS.map(({ name }) => name).join(', ')}`,
      );
    if (!FORMATS.some((known) => known === format))
      throw new UsageError(`--format must be one of ${FORMATS.join(', ')}`);
    if (settlement !== undefined && list !== 'haircuts') throw new UsageError('--settlement is for haircuts');
    if (settlement !== undefined && !/^[1-9]\d{0,17}$/.test(settlement))
      throw new UsageError('--settlement must be a sequence, such as 4711');
    const api = await openApi(options);
    const target = await openTarget(out, force);
    const progress = new Progress('Exporting');
    let count = 0;
    try {
      let lines = format === 'csv' ? [`${chosen.columns.join(',')}\r\n`] : [];
      await api.asking(async () => {
        for await (const row of chosen.rows(api.client, pool!, settlement)) {
          lines.push(format === 'csv' ? csvLine(row, chosen.columns) : jsonLine(row, chosen.columns));
          progress.show(null, `${++count} rows`);
          if (lines.length < AT_ONCE) continue;
          await target.write(lines.join(''));
          lines = [];
        }
      });
      await target.write(lines.join(''));
      progress.end();
      await target.keep();
    } catch (error) {
      progress.end();
      await target.drop();
      throw error;
    }
    if (out !== undefined) tell(`Wrote ${count} ${count === 1 ? 'row' : 'rows'} to ${plain(out)}.`);
    return EXIT.FINE;
  },
});

/** The columns alone, in their order: the API may come to tell more. */
const jsonLine = (row: Row, columns: readonly string[]): string =>
  `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column] ?? null])))}\n`;

/** RFC 4180. A name that a spreadsheet would take for a formula is kept from it by an apostrophe; amounts are no names. */
function csvLine(row: Row, columns: readonly string[]): string {
  const fields = columns.map((column) => {
    const value = row[column];
    if (value === null || value === undefined) return '';
    if (/^-?\d+(\.\d+)?$/.test(value)) return value;
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) || text !== value ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${fields.join(',')}\r\n`;
}
