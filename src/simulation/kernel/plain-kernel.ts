import type { CloseOutTerms } from '../book.ts';
import { blockPathsOf, checkPaths, columnsOf, type KernelBook, SUMS, TOTALS } from './block.ts';
import type { AccountSums, Kernel, StepTotals } from './kernel.ts';

/** `taken` of an account that is closed out: it makes the equity −∞, so that the account is not open and has no profit. */
const CLOSED = Number.POSITIVE_INFINITY;

/** The lane of a path on which the account is closed out; the other paths have those before it. */
const CLOSED_LANE = 2;

/** The kernel in plain JavaScript: what WasmKernel has to agree with to the last digit, and what runs where there is no SIMD. */
export class PlainKernel implements Kernel {
  readonly blockPaths: number;
  readonly sums: AccountSums;
  readonly #book: KernelBook;
  readonly #terms: CloseOutTerms;
  /** What each account gave on each path; empty with one step. */
  readonly #taken: Float64Array;
  readonly #levels: Float64Array;
  readonly #weights: Float64Array;
  readonly #returns: Float64Array;
  /** Whether a step before the last took haircuts, by path. */
  readonly #cutBefore: Uint8Array;
  /** Of the account at hand. Paths take turns, as the lanes of a vector do, so that both kernels add in the same order. */
  readonly #lanes = columnsOf(SUMS, () => new Float64Array(4));
  #paths = 0;
  #last = false;
  /* What `weigh` found. */
  #taking = 0;
  #worth = 0;
  #open = false;
  #profit = 0;
  #cap = 0;

  /** @param steps how many moves a block has; with one, it takes no memory for each account and path */
  constructor(book: KernelBook, terms: CloseOutTerms, steps: number) {
    this.#book = book;
    this.#terms = terms;
    this.blockPaths = blockPathsOf(book.accountCount, steps);
    this.sums = columnsOf(SUMS, () => new Float64Array(book.accountCount));
    this.#taken = new Float64Array(steps > 1 ? book.accountCount * this.blockPaths : 0);
    this.#levels = new Float64Array(this.blockPaths);
    this.#weights = new Float64Array(this.blockPaths);
    this.#returns = new Float64Array(book.marketCount * this.blockPaths);
    this.#cutBefore = new Uint8Array(this.blockPaths);
  }

  begin(paths: number, weights: Float64Array): void {
    checkPaths(paths, this.blockPaths);
    this.#paths = paths;
    this.#weights.set(weights.subarray(0, paths));
    this.#taken.fill(0);
    this.#levels.fill(0);
    this.#cutBefore.fill(0);
  }

  move(returns: Float64Array, last: boolean, totals: StepTotals): void {
    this.#returns.set(returns.subarray(0, this.#book.marketCount * this.#paths));
    this.#last = last;
    for (const name of TOTALS) totals[name].fill(0, 0, this.#paths);
    for (let account = 0; account < this.#book.accountCount; account++) {
      for (let path = 0; path < this.#paths; path++) {
        this.#weigh(account, path);
        if (!this.#open && this.#taking !== CLOSED) this.#closeOut(account, path, totals);
        totals.profits[path]! += this.#profit;
        totals.capacities[path]! += this.#cap;
        if (!last || !this.#open) continue;
        this.#addChange(account, path, path % 2, this.#worth);
        if (this.#profit > 0) this.#lanes.won[path % 2]! += this.#weights[path]!;
      }
      this.#addLanes(account);
    }
  }

  borne(levels: Float64Array, amounts: Float64Array, slopes: Float64Array): void {
    for (let path = 0; path < this.#paths; path++) {
      const level = levels[path]!;
      amounts[path] = 0;
      slopes[path] = 0;
      for (let account = 0; level > 0 && account < this.#book.accountCount; account++) {
        this.#weigh(account, path);
        const share = level * this.#profit;
        amounts[path]! += Math.min(this.#cap, share);
        if (share < this.#cap) slopes[path]! += this.#profit;
      }
    }
  }

  take(levels: Float64Array): void {
    // After the last move `finish` takes them: it comes by all accounts anyway.
    if (this.#last) {
      this.#levels.set(levels.subarray(0, this.#paths));
      return;
    }
    for (let path = 0; path < this.#paths; path++) {
      const level = levels[path]!;
      if (level > 0) this.#cutBefore[path] = 1;
      for (let account = 0; level > 0 && account < this.#book.accountCount; account++) {
        this.#weigh(account, path);
        this.#taken[account * this.blockPaths + path]! += Math.min(this.#cap, level * this.#profit);
      }
    }
  }

  finish(): void {
    for (let account = 0; account < this.#book.accountCount; account++) {
      let lane = 0;
      for (let path = 0; path < this.#paths; path++) {
        const level = this.#levels[path]!;
        if (!(level > 0 || this.#cutBefore[path])) continue;
        this.#weigh(account, path);
        const haircut = Math.min(this.#cap, level * this.#profit);
        if (this.#open) this.#addHaircuts(account, path, lane, this.#worth, this.#taking + haircut);
        lane = 1 - lane;
      }
      this.#addLanes(account);
    }
  }

  clear(): void {
    for (const name of SUMS) this.sums[name].fill(0);
  }

  /** Works out what an account comes to on a path: what it is worth but for haircuts, whether it is open, its w and its cap. */
  #weigh(account: number, path: number): void {
    const { equities, gains, burdens, rates, starts, markets, exposures, maintenances } = this.#book;
    let change = 0;
    let margin = 0;
    for (let position = starts[account]!; position < starts[account + 1]!; position++) {
      const simple = this.#returns[markets[position]! * this.#paths + path]!;
      change += exposures[position]! * simple;
      margin += maintenances[position]! * (1 + simple);
    }
    const taken = this.#taken[account * this.blockPaths + path] ?? 0;
    const equity = equities[account]! + change - taken;
    const gain = gains[account]! + change;
    const burden = burdens[account]!;
    this.#taking = taken;
    this.#worth = equities[account]! + change;
    this.#open = equity >= (this.#terms.closeOutAt === 'BELOW_ZERO' ? 0 : margin);
    this.#profit = this.#open ? Math.max(0, Math.min(gain - burden - taken, equity)) : 0;
    this.#cap = Math.min(this.#profit, Math.max(0, rates[account]! * gain - burden - taken));
  }

  #closeOut(account: number, path: number, totals: StepTotals): void {
    const { starts, markets, exposures } = this.#book;
    const { slippage, operatorCap, fundCap } = this.#terms;
    let notional = 0;
    for (let position = starts[account]!; position < starts[account + 1]!; position++) {
      notional +=
        Math.abs(exposures[position]!) * (1 + this.#returns[markets[position]! * this.#paths + path]!);
    }
    const taken = this.#taking;
    const worth = this.#worth - slippage * notional;
    const left = this.#worth - taken - slippage * notional;
    const deficit = Math.max(0, -left);
    const asked = Math.min(deficit, operatorCap);
    totals.deficits[path]! += deficit;
    totals.operatorAsks[path]! += asked;
    totals.fundAsks[path]! += Math.min(deficit - asked, fundCap);
    totals.second[path] = Math.max(totals.second[path]!, Math.min(totals.largest[path]!, deficit));
    totals.largest[path] = Math.max(totals.largest[path]!, deficit);
    totals.closed[path]! += 1;
    if (left < 0) totals.bankrupt[path]! += 1;

    const lane = CLOSED_LANE + (path % 2);
    this.#addChange(account, path, lane, worth);
    this.#addHaircuts(account, path, lane, worth, taken);
    this.#lanes.closed[lane]! += this.#weights[path]!;
    if (left < 0) this.#lanes.bankrupt[lane]! += this.#weights[path]!;
    // After the last move whoever is not open is not looked at again.
    if (!this.#last) this.#taken[account * this.blockPaths + path] = CLOSED;
  }

  #addChange(account: number, path: number, lane: number, worth: number): void {
    const g = this.#changeTo(account, worth);
    const weighted = this.#weights[path]! * g;
    this.#lanes.g[lane]! += weighted;
    this.#lanes.gg[lane]! += weighted * g;
    this.#lanes.ggg[lane]! += weighted * g * g;
  }

  #addHaircuts(account: number, path: number, lane: number, worth: number, h: number): void {
    const g = this.#changeTo(account, worth);
    const weighted = this.#weights[path]! * h;
    this.#lanes.h[lane]! += weighted;
    this.#lanes.gh[lane]! += weighted * g;
    this.#lanes.hh[lane]! += weighted * h;
    this.#lanes.ggh[lane]! += weighted * g * g;
    this.#lanes.ghh[lane]! += weighted * h * g;
    this.#lanes.hhh[lane]! += weighted * h * h;
    if (h > 0) this.#lanes.cut[lane]! += this.#weights[path]!;
  }

  #changeTo(account: number, worth: number): number {
    return Math.max(0, worth) - Math.max(0, this.#book.equities[account]!);
  }

  #addLanes(account: number): void {
    for (const name of SUMS) {
      const lanes = this.#lanes[name];
      this.sums[name][account]! += lanes[CLOSED_LANE]! + lanes[CLOSED_LANE + 1]!;
      this.sums[name][account]! += lanes[0]! + lanes[1]!;
      lanes.fill(0);
    }
  }
}
