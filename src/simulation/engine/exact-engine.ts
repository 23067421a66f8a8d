import { min } from '../../core/money.ts';
import type { LossRules } from '../../core/rules.ts';
import { type OpenLoss, type SettlementOutcome, settleJointly } from '../../core/settlement.ts';
import type { SimulationBook } from '../book.ts';
import { columnsOf, SUMS } from '../kernel/block.ts';
import type { AccountSums } from '../kernel/kernel.ts';
import type { PathBlock } from '../models/model.ts';
import type { Engine, EngineTerms } from './engine.ts';
import { clearOutcomes, type PathOutcomes } from './outcomes.ts';
import { type PathSettlement, SettlementMaker } from './path-settlement.ts';
import { addLargest } from './pro-rata-engine.ts';

/**
 * Settles each path by itself with the allocator that settles (core/settlement.ts): every rule that a pool can have, in atoms, and a hundred
 * times slower than the engine that adds up doubles. That one is held to it by a test, and by samples of every run.
 */
export class ExactEngine implements Engine {
  readonly blockPaths = 64;
  readonly sums: AccountSums;
  /** What each account bore on the last path. */
  readonly taken: Float64Array;
  readonly #book: SimulationBook;
  readonly #terms: EngineTerms;
  readonly #rules: LossRules;
  readonly #fundBalance: bigint;
  readonly #unit: number;
  readonly #maker: SettlementMaker;
  readonly #closed: Uint8Array;
  readonly #changes: Float64Array;
  readonly #finals: Float64Array;
  /** Called with every settlement, before it is settled. */
  readonly #onSettlement: ((settlement: PathSettlement, weight: number) => void) | null;

  /**
   * @param fundBalance in atoms, reserve included
   * @param unit atoms per unit of the asset
   */
  constructor(
    book: SimulationBook,
    terms: EngineTerms,
    rules: LossRules,
    fundBalance: bigint,
    unit: number,
    onSettlement: ((settlement: PathSettlement, weight: number) => void) | null = null,
  ) {
    const { accountCount } = book;
    this.#book = book;
    this.#terms = terms;
    this.#rules = rules;
    this.#fundBalance = fundBalance;
    this.#unit = unit;
    this.#onSettlement = onSettlement;
    this.#maker = new SettlementMaker(book, rules, terms.slippage, unit, onSettlement !== null);
    this.sums = columnsOf(SUMS, () => new Float64Array(accountCount));
    this.taken = new Float64Array(accountCount);
    this.#closed = new Uint8Array(accountCount);
    this.#changes = new Float64Array(accountCount);
    this.#finals = new Float64Array(accountCount);
  }

  clear(): void {
    for (const name of SUMS) this.sums[name].fill(0);
  }

  run(block: PathBlock, paths: number, outcomes: PathOutcomes): void {
    clearOutcomes(outcomes);
    for (let path = 0; path < paths; path++) this.#runPath(block, paths, path, outcomes);
  }

  #runPath({ steps, weights }: PathBlock, paths: number, path: number, outcomes: PathOutcomes): void {
    const { accountCount, marketCount, equities } = this.#book;
    const weight = weights[path]!;
    this.taken.fill(0);
    this.#closed.fill(0);
    let fund = this.#fundBalance;
    const returns = new Float64Array(marketCount);
    steps.forEach((column, step) => {
      for (let m = 0; m < marketCount; m++) returns[m] = column[m * paths + path]!;
      const deficits = this.#closeOut(returns, weight, path, outcomes);
      const last = step === steps.length - 1;
      if (last) this.#addProfits(path, weight, outcomes);
      if (deficits.size === 0) return;
      const state = { returns, changes: this.#changes, taken: this.taken, closed: this.#closed };
      fund -= this.#settle(this.#maker.make(state, deficits, fund), path, weight, outcomes);
    });
    for (let account = 0; account < accountCount; account++) {
      const final = this.#closed[account]
        ? this.#finals[account]!
        : equities[account]! + this.#changes[account]!;
      this.#addAccount(account, Math.max(0, final) - Math.max(0, equities[account]!), weight);
    }
  }

  /** Moves everybody to the returns, closes out who is in trouble, and answers the deficits by account. */
  #closeOut(
    returns: Float64Array,
    weight: number,
    path: number,
    outcomes: PathOutcomes,
  ): Map<number, number> {
    const { accountCount, equities, starts, markets, exposures, maintenances } = this.#book;
    const { closeOutAt, slippage } = this.#terms;
    const deficits = new Map<number, number>();
    for (let account = 0; account < accountCount; account++) {
      if (this.#closed[account]) continue;
      let [change, margin, notional] = [0, 0, 0];
      for (let p = starts[account]!; p < starts[account + 1]!; p++) {
        const simple = returns[markets[p]!]!;
        change += exposures[p]! * simple;
        margin += maintenances[p]! * (1 + simple);
        notional += Math.abs(exposures[p]!) * (1 + simple);
      }
      this.#changes[account] = change;
      const worth = equities[account]! + change;
      const taken = this.taken[account]!;
      if (worth - taken >= (closeOutAt === 'BELOW_ZERO' ? 0 : margin)) continue;
      const left = worth - taken - slippage * notional;
      this.#closed[account] = left < 0 ? 2 : 1;
      this.#finals[account] = worth - slippage * notional;
      outcomes.closed[path]!++;
      this.sums.closed[account]! += weight;
      if (left >= 0) continue;
      deficits.set(account, -left);
      outcomes.bankrupt[path]!++;
      this.sums.bankrupt[account]! += weight;
      addLargest(outcomes, path, -left, 0);
    }
    return deficits;
  }

  /** What winners had won, what they gave up at earlier steps included. */
  #addProfits(path: number, weight: number, outcomes: PathOutcomes): void {
    outcomes.profits[path] = outcomes.socialized[path]!;
    const { equities, gains, burdens } = this.#book;
    for (let account = 0; account < this.#closed.length; account++) {
      if (this.#closed[account]) continue;
      const taken = this.taken[account]!;
      const change = this.#changes[account]!;
      const profit = Math.min(
        gains[account]! + change - burdens[account]! - taken,
        equities[account]! + change - taken,
      );
      // What rounding to atoms left of a profit that was taken is none.
      if (profit <= 2 / this.#unit + Math.abs(gains[account]! + change) * 1e-12) continue;
      outcomes.profits[path]! += profit;
      this.sums.won[account]! += weight;
    }
  }

  /** Answers what the fund paid, in atoms. */
  #settle(settlement: PathSettlement, path: number, weight: number, outcomes: PathOutcomes): bigint {
    this.#onSettlement?.(settlement, weight);
    const outcome: SettlementOutcome<OpenLoss> = settleJointly({
      rules: this.#rules,
      fundBalance: settlement.fundBalance,
      losses: settlement.losses,
      bearers: settlement.bearers,
      marketOrder: Array.from({ length: this.#book.marketCount }, (_, m) => m),
    });
    const amount = (atoms: bigint) => Number(atoms) / this.#unit;
    settlement.accounts.forEach((account, i) => {
      const haircut = outcome.haircuts.get(i);
      if (haircut > 0n) this.taken[account]! += amount(haircut);
    });
    const borne = amount(outcome.recourse + outcome.socialized);
    outcomes.deficits[path]! += amount(outcome.deficit);
    outcomes.asked[path]! += amount(outcome.deficit - outcome.operatorCapital - outcome.recourse);
    outcomes.wanted[path]! += amount(this.#wanted(outcome));
    outcomes.fundDraws[path]! += amount(outcome.fundDraw);
    outcomes.residuals[path]! += amount(outcome.residual);
    outcomes.socialized[path]! += borne;
    outcomes.uncovered[path]! += amount(outcome.uncovered);
    return outcome.fundDraw;
  }

  /** What the fund would pay if it had enough. */
  #wanted({ shares }: SettlementOutcome<OpenLoss>): bigint {
    const { tiers, fundCap } = this.#rules;
    if (!tiers.includes('INSURANCE_FUND')) return 0n;
    return shares.reduce((sum, { loss, recourse, operatorCapital }) => {
      const left = loss.deficit - recourse - operatorCapital;
      return sum + (fundCap === null ? left : min(left, fundCap));
    }, 0n);
  }

  #addAccount(account: number, g: number, weight: number): void {
    const { sums } = this;
    const h = this.taken[account]!;
    sums.g[account]! += weight * g;
    sums.gg[account]! += weight * g * g;
    sums.ggg[account]! += weight * g * g * g;
    if (h === 0) return;
    sums.h[account]! += weight * h;
    sums.gh[account]! += weight * g * h;
    sums.hh[account]! += weight * h * h;
    sums.ggh[account]! += weight * g * g * h;
    sums.ghh[account]! += weight * g * h * h;
    sums.hhh[account]! += weight * h * h * h;
    sums.cut[account]! += weight;
  }
}
