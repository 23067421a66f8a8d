import type { CloseOutTerms } from '../../src/simulation/book.ts';
import { type KernelBook, makeTotals } from '../../src/simulation/kernel/block.ts';
import type { AccountSums, Kernel } from '../../src/simulation/kernel/kernel.ts';
import { WasmKernel } from '../../src/simulation/kernel/wasm-kernel.ts';

/** What all paths came to. Both sides must agree on it, and on the sums of each account. */
export interface Totals {
  deficits: number;
  draws: number;
  taken: number;
  unpaid: number;
  /** On how many paths there was a deficit, and on how many winners bore a part of it. */
  losing: number;
  socialized: number;
}

/** Relative to what is to be borne. */
const PRECISION = 1e-12;

/** Settles one step: drives a kernel the way an engine does, and no more than that. */
export class Driver {
  readonly totals: Totals = { deficits: 0, draws: 0, taken: 0, unpaid: 0, losing: 0, socialized: 0 };
  readonly blockPaths: number;
  readonly sums: AccountSums;
  readonly #kernel: Kernel;
  readonly #fund: number;
  readonly #weights: Float64Array;
  readonly #step;
  readonly #wanted: Float64Array;
  readonly #levels: Float64Array;
  readonly #asked: Float64Array;
  readonly #amounts: Float64Array;
  readonly #slopes: Float64Array;

  constructor(book: KernelBook, terms: CloseOutTerms, fund: number) {
    this.#kernel = new WasmKernel(book, terms, 1);
    this.#fund = fund;
    this.sums = this.#kernel.sums;
    this.blockPaths = this.#kernel.blockPaths;
    const row = () => new Float64Array(this.blockPaths);
    this.#weights = row().fill(1);
    this.#step = makeTotals(this.blockPaths);
    [this.#wanted, this.#levels, this.#asked, this.#amounts, this.#slopes] = [
      row(),
      row(),
      row(),
      row(),
      row(),
    ];
  }

  /** @param returns by market */
  run(returns: Float64Array, paths: number): void {
    this.#kernel.begin(paths, this.#weights);
    this.#kernel.move(returns, true, this.#step);
    if (this.#cover(paths)) this.#reach(paths);
    this.#kernel.take(this.#levels);
    this.#kernel.finish();
  }

  /** What is left for winners on each path, and a first guess of λ. Answers whether anything is. */
  #cover(paths: number): boolean {
    const { deficits, operatorAsks, fundAsks, profits, capacities } = this.#step;
    let any = false;
    for (let path = 0; path < paths; path++) {
      const deficit = deficits[path]!;
      const draw = Math.min(fundAsks[path]!, this.#fund);
      const loss = deficit - operatorAsks[path]! - draw;
      this.#levels[path] = this.#asked[path] = 0;
      this.totals.deficits += deficit;
      this.totals.draws += draw;
      if (deficit > 0) this.totals.losing++;
      if (!(loss > deficit * PRECISION)) continue;
      any = true;
      this.totals.socialized++;
      this.totals.taken += Math.min(loss, capacities[path]!);
      this.totals.unpaid += Math.max(0, loss - capacities[path]!);
      this.#wanted[path] = loss;
      this.#levels[path] = loss < capacities[path]! ? loss / profits[path]! : 1;
      if (loss < capacities[path]!) this.#asked[path] = this.#levels[path]!;
    }
    return any;
  }

  /** Newton's steps, from below, until Σ min(cap, λ w) is what winners have to bear. */
  #reach(paths: number): void {
    for (let step = 0; step < 60 && this.#asked.some((level) => level > 0); step++) {
      this.#kernel.borne(this.#asked, this.#amounts, this.#slopes);
      for (let path = 0; path < paths; path++) {
        if (this.#asked[path] === 0) continue;
        const missing = this.#wanted[path]! - this.#amounts[path]!;
        const done = missing <= this.#wanted[path]! * PRECISION || this.#slopes[path] === 0;
        if (!done) this.#levels[path]! += missing / this.#slopes[path]!;
        this.#asked[path] = done ? 0 : this.#levels[path]!;
      }
    }
  }
}
