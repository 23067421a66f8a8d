import { makeTotals } from '../kernel/block.ts';
import type { AccountSums, Kernel, StepTotals } from '../kernel/kernel.ts';
import type { PathBlock } from '../models/model.ts';
import type { Engine, EngineTerms } from './engine.ts';
import { clearOutcomes, type PathOutcomes } from './outcomes.ts';

/** Newton's method ends long before: each step passes the cap of at least one account. */
const MOST_STEPS = 100;
/** Relative to what is to be borne: beyond this doubles say nothing more. */
const PRECISION = 1e-13;
/** What is left of an amount by rounding alone, for its sums were added up in another order, as a share of it: nothing. */
const ROUNDING = 1e-12;

/**
 * Settles a block of paths at once for pools that share losses pro rata over all winners, after the operator and the fund: all that takes
 * is sums over accounts, which the kernel makes. The other rules are settled path by path (exact-engine.ts).
 */
export class ProRataEngine implements Engine {
  readonly blockPaths: number;
  readonly #kernel: Kernel;
  readonly #terms: EngineTerms;
  readonly #totals: StepTotals;
  readonly #funds: Float64Array;
  readonly #levels: Float64Array;
  readonly #amounts: Float64Array;
  readonly #slopes: Float64Array;
  /** λ of each step and path, where somebody has to reproduce a path: by step. */
  readonly #stepLevels: Float64Array[];

  constructor(kernel: Kernel, terms: EngineTerms, steps: number) {
    this.blockPaths = kernel.blockPaths;
    this.#kernel = kernel;
    this.#terms = terms;
    this.#totals = makeTotals(kernel.blockPaths);
    const column = () => new Float64Array(kernel.blockPaths);
    [this.#funds, this.#levels, this.#amounts, this.#slopes] = [column(), column(), column(), column()];
    this.#stepLevels = Array.from({ length: steps }, column);
  }

  get sums(): AccountSums {
    return this.#kernel.sums;
  }

  clear(): void {
    this.#kernel.clear();
  }

  run({ steps, weights }: PathBlock, paths: number, outcomes: PathOutcomes): void {
    clearOutcomes(outcomes);
    this.#funds.fill(this.#terms.fundAvailable);
    this.#kernel.begin(paths, weights);
    steps.forEach((returns, step) => {
      const last = step === steps.length - 1;
      this.#kernel.move(returns, last, this.#totals);
      const someone = this.#cover(paths, outcomes, last);
      this.#stepLevels[step]!.set(this.#levels);
      if (!someone) return;
      this.#reach(paths);
      this.#stepLevels[step]!.set(this.#levels);
      this.#kernel.take(this.#levels);
    });
    this.#kernel.finish();
  }

  /** Sends the step's deficits down the waterfall. Leaves a first guess of λ where winners bear a part; whether any do. */
  #cover(paths: number, outcomes: PathOutcomes, last: boolean): boolean {
    const { socializes, operatorPays } = this.#terms;
    const totals = this.#totals;
    let someone = false;
    this.#levels.fill(0);
    for (let path = 0; path < paths; path++) {
      const deficit = totals.deficits[path]!;
      outcomes.closed[path]! += totals.closed[path]!;
      // What was taken at earlier steps no longer is among the profits.
      if (last) outcomes.profits[path] = totals.profits[path]! + outcomes.socialized[path]!;
      if (deficit === 0) continue;
      const asked = deficit - (operatorPays ? totals.operatorAsks[path]! : 0);
      const draw = Math.min(this.#funds[path]!, totals.fundAsks[path]!);
      const residual = leftOf(asked, draw);
      const borne = socializes ? Math.min(residual, totals.capacities[path]!) : 0;
      this.#funds[path]! -= draw;
      outcomes.deficits[path]! += deficit;
      outcomes.asked[path]! += asked;
      outcomes.wanted[path]! += totals.fundAsks[path]!;
      outcomes.fundDraws[path]! += draw;
      outcomes.residuals[path]! += residual;
      outcomes.socialized[path]! += borne;
      outcomes.uncovered[path]! += leftOf(residual, borne);
      outcomes.bankrupt[path]! += totals.bankrupt[path]!;
      addLargest(outcomes, path, totals.largest[path]!, totals.second[path]!);
      if (borne === 0) continue;
      someone = true;
      // At λ = 1 everybody gives all of its cap.
      this.#levels[path] = borne >= totals.capacities[path]! ? 1 : Math.min(1, borne / totals.profits[path]!);
      this.#amounts[path] = borne;
    }
    return someone;
  }

  /**
   * Raises λ until Σ min(cap, λ w) is what is to be borne. The sum is concave in λ and the guess is not above it, so Newton's method comes
   * from below and never passes it.
   */
  #reach(paths: number): void {
    const { profits, capacities } = this.#totals;
    const wanted = this.#amounts.slice(0, paths);
    const open = new Float64Array(paths);
    let left = 0;
    for (let path = 0; path < paths; path++) {
      const level = this.#levels[path]!;
      // Where caps are the profits themselves the first guess is right.
      if (level > 0 && level < 1 && capacities[path]! < profits[path]!) {
        open[path] = level;
        left++;
      }
    }
    for (let step = 0; left > 0 && step < MOST_STEPS; step++) {
      this.#kernel.borne(open, this.#amounts, this.#slopes);
      for (let path = 0; path < paths; path++) {
        if (open[path] === 0) continue;
        const short = wanted[path]! - this.#amounts[path]!;
        if (short <= PRECISION * wanted[path]! || this.#slopes[path] === 0) {
          open[path] = 0;
          left--;
          continue;
        }
        open[path]! += short / this.#slopes[path]!;
        this.#levels[path] = open[path]!;
      }
    }
  }

  /** λ of a path of the last block at each step, for whoever goes through that path again. */
  levelsOf(path: number): number[] {
    return this.#stepLevels.map((levels) => levels[path]!);
  }
}

function leftOf(amount: number, paid: number): number {
  const left = amount - paid;
  return left > amount * ROUNDING ? left : 0;
}

/** Keeps the two largest of what was there and what comes. */
export function addLargest(outcomes: PathOutcomes, path: number, first: number, second: number): void {
  const [largest, next] = [outcomes.largest[path]!, outcomes.second[path]!];
  outcomes.largest[path] = Math.max(largest, first);
  outcomes.second[path] = Math.max(next, second, Math.min(largest, first));
}
