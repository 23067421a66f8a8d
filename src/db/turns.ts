/** How long a turn may keep others from theirs, and how long one waits for it. */
export interface TurnLimits {
  readonly lapseMs: number;
  readonly patienceMs: number;
}

/** Whoever waits: told to go, or that it waited too long. */
type Waiter = (mayGo: boolean) => void;

/**
 * One at a time for each name, in the order in which they came: those who would wait for one lock wait here, and hold no
 * connection meanwhile that someone else could use. The lock stays the truth. A turn that lasts longer than `lapseMs` no longer
 * keeps the next from trying, so that a connection which never answers holds up nobody for ever.
 */
export class Turns {
  readonly #limits: TurnLimits;
  /** Those who wait behind the one whose turn it is. */
  readonly #lines = new Map<string, Set<Waiter>>();

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Comes back when it is this one's turn, with how to end it; with null after `patienceMs`. */
  async take(name: string): Promise<(() => void) | null> {
    const line = this.#lines.get(name);
    if (!line) this.#lines.set(name, new Set());
    else if (!(await this.#wait(line))) return null;
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(lapse);
      this.#next(name);
    };
    const lapse = setTimeout(end, this.#limits.lapseMs).unref();
    return end;
  }

  #wait(line: Set<Waiter>): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = (mayGo) => {
        clearTimeout(patience);
        line.delete(waiter);
        resolve(mayGo);
      };
      const patience = setTimeout(waiter, this.#limits.patienceMs, false);
      line.add(waiter);
    });
  }

  #next(name: string): void {
    const [first] = this.#lines.get(name)!;
    if (first) first(true);
    else this.#lines.delete(name);
  }
}
