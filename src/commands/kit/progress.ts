/** How far long work is: a line on standard error that is written over, on a terminal and nowhere else. */

const WIDTH = 30;
const EVERY_MS = 100;

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #what: string;
  readonly #screen: Screen;
  readonly #now: () => number;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(what: string, screen: Screen = process.stderr, now: () => number = () => performance.now()) {
    this.#what = what;
    this.#screen = screen;
    this.#now = now;
  }

  /** @param share 0 to 1; null where the end is not known */
  show(share: number | null, note: string): void {
    if (!this.#screen.isTTY || this.#now() - this.#drawnAt < EVERY_MS) return;
    this.#drawnAt = this.#now();
    const full = Math.round(Math.min(1, share ?? 0) * WIDTH);
    const bar = share === null ? '' : ` [${'█'.repeat(full)}${'·'.repeat(WIDTH - full)}]`;
    this.#screen.write(`\r\x1b[2K${this.#what}${bar} ${note}`);
  }

  end(): void {
    if (this.#drawnAt >= 0) this.#screen.write('\r\x1b[2K');
  }
}
