import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { UsageError } from './errors.ts';

interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
}

const ours: Terminal = { input: process.stdin, output: process.stderr };

/** Where there is nobody to ask, the yes must have been said beforehand. */
export function mustBeAble({ input }: Terminal = ours): void {
  if (!input.isTTY)
    throw new UsageError('There is no terminal to ask on: add --yes to go ahead without being asked');
}

/** Asks a person. Only a written yes is one. */
export async function confirm(question: string, { input, output }: Terminal = ours): Promise<boolean> {
  const lines = createInterface({ input, output });
  // Ctrl-C and the end of the input are a no.
  const left = new Promise<string>((resolve) =>
    lines.once('close', () => resolve('')).once('SIGINT', () => lines.close()),
  );
  const answer = await Promise.race([lines.question(`${question} [y/N] `), left]);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
