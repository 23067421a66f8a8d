import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { row, withRows } from '../../bench/support/table-page.ts';

const COMMANDS = ['a --size 10', 'a --size 100', 'b'];
const of = (command: string, day: string) => row(command, day, 1.5, [['rps', 12_345.6]]);
const page = (rows: string[]) =>
  `# Title\n\n| name | the floor |\n| --- | --- |\n| \`a\` | none |\n\n| command | measured | ratio | figures |\n| --- | --- | --- | --- |\n${rows
    .map((line) => `${line}\n`)
    .join('')}\nText after it.\n`;

it('puts rows in their places and keeps all others, and the text around the table', () => {
  const before = page([of('b', 'monday')]);
  const one = withRows(before, COMMANDS, new Map([['a --size 100', of('a --size 100', 'tuesday')]]));
  expect(one).toBe(page([of('a --size 100', 'tuesday'), of('b', 'monday')]));
  const fresh = new Map([
    ['a --size 10', of('a --size 10', 'friday')],
    ['b', of('b', 'friday')],
  ]);
  const rows = [of('a --size 10', 'friday'), of('a --size 100', 'tuesday'), of('b', 'friday')];
  expect(withRows(one, COMMANDS, fresh)).toBe(page(rows));
});

it('takes rows out that no command makes any more, and refuses a page without a table', () => {
  expect(withRows(page([of('gone', 'monday')]), COMMANDS, new Map())).toBe(page([]));
  expect(() => withRows('# Title\n', COMMANDS, new Map())).toThrow('no table');
});

it('leaves the page as it is where nothing was measured', () => {
  const real = readFileSync(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8');
  const commands = [...real.matchAll(/^\| `npm run bench -- ([^`]+)` /gm)].map((match) => match[1]!);
  expect(commands.length).toBeGreaterThan(0);
  expect(withRows(real, commands, new Map())).toBe(real);
});
