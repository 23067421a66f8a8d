import { stripVTControlCharacters, styleText } from 'node:util';

/** What a command says: its answer to standard output, everything else to standard error. */

type Format = Parameters<typeof styleText>[0];

/** Colour where the stream is a terminal that shows it, and NO_COLOR does not forbid it. */
export const paint = (format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(format, text, { stream });

/**
 * Text of others, such as an account's ref, as it may go to a terminal: without control characters, which could move the cursor
 * and show what is not there.
 */
export const plain = (text: string): string =>
  stripVTControlCharacters(text).replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '\uFFFD');

/** A part of the answer. Resolves when it is taken, so that who reads slowly is written to slowly. */
export function printRaw(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

export const print = (line: string): Promise<void> => printRaw(`${line}\n`);

export const printJson = (value: unknown): Promise<void> => print(JSON.stringify(value));

/** A line beside the answer: what is under way, or what went wrong. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Who reads the answer may leave before its end, as `head` does: that is no failure. */
export function leaveQuietly(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
