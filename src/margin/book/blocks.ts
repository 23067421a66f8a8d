import type { Position } from '../position.ts';
import { approximate } from './approximate.ts';
import { withRoom } from './columns.ts';
import { DecimalColumn } from './decimal-column.ts';

/** A position of an account, and the market that it is in. */
export interface HeldPosition extends Position {
  readonly marketNo: number;
}

/** Fewer unused places than this are not worth a compaction. */
const FEW = 1_024;

/**
 * The positions of all accounts as columns. An account owns a block of neighbouring places. A block that is outgrown moves
 * to the end; when more than half of all places are unused, everything is written anew in the order of accounts.
 */
export class Blocks {
  /** Of each place: its market, its size in units (as near as a double comes), and both exactly. */
  marketNos = new Uint32Array(FEW);
  sizes = new Float64Array(FEW);
  #exactSizes = new DecimalColumn(FEW);
  #costs = new DecimalColumn(FEW);
  /** Of each account: where its block begins, how many places it uses, and how many it has. */
  starts = new Uint32Array(FEW);
  counts = new Uint32Array(FEW);
  #capacities = new Uint32Array(FEW);
  /** Behind the last block. */
  #end = 0;
  /** The sum of counts. */
  #used = 0;

  get positionCount(): number {
    return this.#used;
  }

  get byteLength(): number {
    const columns = [this.marketNos, this.sizes, this.#exactSizes, this.#costs];
    const accounts = [this.starts, this.counts, this.#capacities];
    return [...columns, ...accounts].reduce((total, { byteLength }) => total + byteLength, 0);
  }

  /** The exact positions of an account, in the order in which they were put. */
  positionsOf(accountNo: number): HeldPosition[] {
    const start = this.starts[accountNo]!;
    return Array.from({ length: this.counts[accountNo]! }, (_, i) => ({
      marketNo: this.marketNos[start + i]!,
      size: this.#exactSizes.get(start + i),
      cost: this.#costs.get(start + i),
    }));
  }

  /** The exact cost at a place, 10^-54. */
  costAt(place: number): bigint {
    return this.#costs.get(place);
  }

  /** Σ cost of an account, exactly. */
  costOf(accountNo: number): bigint {
    let cost = 0n;
    const start = this.starts[accountNo]!;
    for (let i = 0; i < this.counts[accountNo]!; i++) cost += this.#costs.get(start + i);
    return cost;
  }

  /** Σ size × price of an account, exactly; what has no price is worth its cost. Prices of 10^-36 at their market's number. */
  worthOf(accountNo: number, prices: readonly (bigint | null)[]): bigint {
    let worth = 0n;
    const start = this.starts[accountNo]!;
    for (let place = start; place < start + this.counts[accountNo]!; place++) {
      const price = prices[this.marketNos[place]!]!;
      worth += price === null ? this.#costs.get(place) : this.#exactSizes.get(place) * price;
    }
    return worth;
  }

  /** Replaces the positions of an account. */
  put(accountNo: number, positions: readonly HeldPosition[]): void {
    this.starts = withRoom(this.starts, accountNo + 1);
    this.counts = withRoom(this.counts, accountNo + 1);
    this.#capacities = withRoom(this.#capacities, accountNo + 1);
    const before = this.counts[accountNo]!;
    if (positions.length > this.#capacities[accountNo]!) {
      this.#vacate(accountNo, 0);
      this.#reserve(this.#end + positions.length);
      this.starts[accountNo] = this.#end;
      this.#capacities[accountNo] = positions.length;
      this.#end += positions.length;
    } else {
      this.#vacate(accountNo, positions.length);
    }
    const start = this.starts[accountNo]!;
    positions.forEach(({ marketNo, size, cost }, i) => {
      this.marketNos[start + i] = marketNo;
      this.sizes[start + i] = approximate(size, 18);
      this.#exactSizes.set(start + i, size);
      this.#costs.set(start + i, cost);
    });
    this.counts[accountNo] = positions.length;
    this.#used += positions.length - before;
    if (this.#end - this.#used > Math.max(this.#used, FEW)) this.#compact();
  }

  /** Lets go of bigints that nobody will read again. */
  #vacate(accountNo: number, from: number): void {
    const start = this.starts[accountNo]!;
    for (let place = start + from; place < start + this.counts[accountNo]!; place++) {
      this.#exactSizes.set(place, 0n);
      this.#costs.set(place, 0n);
    }
  }

  #reserve(places: number): void {
    this.marketNos = withRoom(this.marketNos, places);
    this.sizes = withRoom(this.sizes, places);
    this.#exactSizes.reserve(places);
    this.#costs.reserve(places);
  }

  #compact(): void {
    const { marketNos, sizes } = this;
    const [exactSizes, costs] = [this.#exactSizes, this.#costs];
    const places = this.#used + FEW;
    this.marketNos = new Uint32Array(places);
    this.sizes = new Float64Array(places);
    this.#exactSizes = new DecimalColumn(places);
    this.#costs = new DecimalColumn(places);
    this.#end = 0;
    for (let accountNo = 0; accountNo < this.counts.length; accountNo++) {
      const start = this.starts[accountNo]!;
      const count = this.counts[accountNo]!;
      this.starts[accountNo] = this.#end;
      this.#capacities[accountNo] = count;
      for (let i = 0; i < count; i++, this.#end++) {
        this.marketNos[this.#end] = marketNos[start + i]!;
        this.sizes[this.#end] = sizes[start + i]!;
        this.#exactSizes.copy(this.#end, exactSizes, start + i);
        this.#costs.copy(this.#end, costs, start + i);
      }
    }
  }
}
