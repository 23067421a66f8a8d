import { parseArgs } from 'node:util';
import { closest } from '../../server/unknown-settings.ts';
import { VERSION } from '../../server/version.ts';
import { COMMANDS } from '../commands.ts';
import { type Command, EXIT, type ExitCode, type Options, type Values } from './command.ts';
import { describe, exitCodeOf, UsageError } from './errors.ts';
import { helpOf, overview } from './help.ts';
import { leaveQuietly, plain, print, tell } from './output.ts';

const HELP = { type: 'boolean', short: 'h' } as const;

/** Runs a command line, and tells a person what went wrong instead of showing a stack. Resolves with the exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  leaveQuietly();
  try {
    return await choose(args);
  } catch (error) {
    // What a server says may hold anything.
    tell(describe(error).split('\n').map(plain).join('\n'));
    return exitCodeOf(error);
  }
}

async function choose([name, ...args]: readonly string[]): Promise<ExitCode> {
  if (name === '--version' || name === '-v') {
    await print(VERSION);
    return EXIT.FINE;
  }
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && args.length === 0)) {
    await print(overview());
    return name === undefined ? EXIT.USAGE : EXIT.FINE;
  }
  if (name === 'help') {
    await print(helpOf(await load(args[0]!)));
    return EXIT.FINE;
  }
  return call(await load(name), args);
}

async function load(name: string): Promise<Command> {
  const found = COMMANDS.find((entry) => entry.name === name);
  if (found) return found.load();
  const meant = closest(
    name,
    COMMANDS.map((entry) => entry.name),
  );
  throw new UsageError(
    `There is no command '${name}'${meant ? `: did you mean ${meant}?` : ''} (see shearwater help)`,
  );
}

async function call(command: Command, args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(command, args);
  if (values.help) {
    await print(helpOf(command));
    return EXIT.FINE;
  }
  const missing = command.words[positionals.length];
  if (missing && !missing.startsWith('['))
    throw new UsageError(
      `${missing} is missing: shearwater ${command.name} ${command.words.join(' ')} ${see(command)}`,
    );
  const stray = positionals[command.words.length];
  if (stray !== undefined) throw new UsageError(`Unexpected argument '${stray}' ${see(command)}`);
  return command.run({ options: values as Values<Options>, words: positionals });
}

function parse(command: Command, args: readonly string[]) {
  try {
    const options = { ...command.options, help: HELP };
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [sentence] = (error as Error).message.split(/[.\n]/);
    throw new UsageError(`${sentence} ${see(command)}`);
  }
}

const see = ({ name }: Command): string => `(see shearwater help ${name})`;
