import { createReadStream } from 'node:fs';
import { UsageError } from '../kit/errors.ts';

/** Longer than a proof or a line of a sheet can be. */
export const MAX_TEXT = 2 ** 26;

export function unknown(file: string): UsageError {
  return new UsageError(`There is neither a haircut's proof nor a sheet in ${named(file)}`);
}

export function named(file: string): string {
  return file === '-' ? 'standard input' : file;
}

/** The file by lines, as it is read: a sheet may be larger than memory. */
export async function* linesOf(file: string): AsyncGenerator<string, undefined> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  try {
    yield* splitLines(stream.setEncoding('utf8'), () => unknown(file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = (error as Error).message.split(',')[0];
    throw new UsageError(`Cannot read ${named(file)}: ${reason}`);
  }
}

/** @param tooLong what to throw for a line that no sheet has */
export async function* splitLines(
  chunks: AsyncIterable<string>,
  tooLong: () => Error,
): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
    if (rest.length > MAX_TEXT) throw tooLong();
  }
  if (rest !== '') yield rest;
}
