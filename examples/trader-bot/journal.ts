import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A line of what was heard. The cursor tells it from all others of its kind: one commit may give an account back several haircuts. */
export interface Entry {
  readonly kind: 'haircut' | 'alert';
  readonly account: string;
  readonly cursor: string;
  readonly text: string;
}

/** What the bot has heard, a line of JSON each. A notice that comes again after a crash is known by its cursor. */
export class Journal {
  readonly #file: number;
  readonly #known: Set<string>;

  constructor(path: string) {
    // A process that was killed may have left half a line: it is ended, and not counted.
    const text = read(path);
    const lines = text.split('\n').flatMap((line) => parse(line));
    this.#known = new Set(lines.map(nameOf));
    this.#file = openSync(path, 'a', 0o600);
    if (text !== '' && !text.endsWith('\n')) writeSync(this.#file, '\n');
  }

  /** Keeps an entry on the disk. False where it was there already. */
  add(entry: Entry): boolean {
    if (this.#known.has(nameOf(entry))) return false;
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
    fsyncSync(this.#file);
    this.#known.add(nameOf(entry));
    return true;
  }

  close(): void {
    closeSync(this.#file);
  }
}

const nameOf = ({ kind, cursor }: Entry): string => `${kind} ${cursor}`;

function parse(line: string): Entry[] {
  try {
    return [JSON.parse(line) as Entry];
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
