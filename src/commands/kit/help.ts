import { COMMANDS } from '../commands.ts';
import type { Command, Option, Options } from './command.ts';

const WIDTH = 100;

/** What `shearwater help` says. */
export function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    "Shearwater's command line: runs the server, and asks one that runs.",
    '',
    '  shearwater COMMAND [WORDS] [--options]',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'A first look, in two terminals:',
    '  shearwater serve         a server with a PostgreSQL of its own, at http://127.0.0.1:4000',
    '  shearwater pools         its pools; on the same machine it needs no token',
    '',
    'shearwater help COMMAND has the options of a command, with examples.',
    'Ends with 0 where all is well, 1 where something does not hold or was refused, 2 where the call or a',
    'setting is wrong, 3 where a server or a database cannot be reached.',
  ].join('\n');
}

/** What `shearwater help NAME` says: every option that the command takes, as it is the same table that parses them. */
export function helpOf({ name, words, summary, about, options, examples }: Command): string {
  const call = ['shearwater', name, ...words, ...(Object.keys(options).length > 0 ? ['[options]'] : [])];
  return [
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
    '',
    `  ${call.join(' ')}`,
    '',
    ...(about ? [about, ''] : []),
    ...optionLines({ ...options, help: { type: 'boolean', help: 'this text' } }),
    '',
    'Examples:',
    ...examples.flatMap(([line, what]) => [`  shearwater ${line}`, `      ${what}`]),
  ].join('\n');
}

function optionLines(options: Options): string[] {
  const left = ([name, { value = '' }]: [string, Option]) => `  --${name} ${value}`.trimEnd();
  const entries = Object.entries(options);
  const width = Math.max(...entries.map((entry) => left(entry).length)) + 2;
  return entries.flatMap((entry) => {
    const [first, ...more] = wrap(entry[1].help, WIDTH - width);
    return [left(entry).padEnd(width) + first, ...more.map((line) => ' '.repeat(width) + line)];
  });
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
