import { readFileSync } from 'node:fs';
import type { CloseOutTerms } from '../book.ts';
import { blockPathsOf, checkPaths, columnsOf, type KernelBook, MOST_PATHS, SUMS, TOTALS } from './block.ts';
import type { AccountSums, Kernel, StepTotals } from './kernel.ts';

/** Where assembly/memory.ts put what JavaScript fills and reads. */
type Place =
  | 'equities'
  | 'gains'
  | 'burdens'
  | 'rates'
  | 'starts'
  | 'markets'
  | 'exposures'
  | 'maintenances'
  | 'weights'
  | 'returns'
  | 'levels'
  | 'totals'
  | 'amounts'
  | 'slopes'
  | 'sums';

interface Exports extends Readonly<Record<Place, { readonly value: number }>> {
  readonly memory: { readonly buffer: ArrayBuffer };
  layOut(accounts: number, markets: number, positions: number, paths: number): void;
  setTerms(atMaintenance: boolean, slippage: number, operatorCap: number, fundCap: number): void;
  begin(paths: number): void;
  move(last: boolean): void;
  borne(): void;
  take(): void;
  finish(): void;
}

const bytes = readFileSync(new URL('./kernel.wasm', import.meta.url));
let compiled: WebAssembly.Module | undefined;

function instantiate(): Exports {
  compiled ??= new WebAssembly.Module(bytes);
  return new WebAssembly.Instance(compiled).exports as unknown as Exports;
}

/** The kernel in WebAssembly, two paths a vector. Its instance has a memory of its own, laid out once and never grown later. */
export class WasmKernel implements Kernel {
  readonly blockPaths: number;
  readonly sums: AccountSums;
  readonly #wasm = instantiate();
  readonly #marketCount: number;
  readonly #weights: Float64Array;
  readonly #returns: Float64Array;
  readonly #levels: Float64Array;
  readonly #totals: StepTotals;
  readonly #amounts: Float64Array;
  readonly #slopes: Float64Array;
  #paths = 0;
  #last = false;

  /** Old machines have no vectors. */
  static isSupported(): boolean {
    return WebAssembly.validate(bytes);
  }

  /** @param steps how many moves a block has; with one, it takes no memory for each account and path */
  constructor(book: KernelBook, terms: CloseOutTerms, steps: number) {
    const { accountCount, marketCount } = book;
    const positionCount = book.markets.length;
    this.blockPaths = blockPathsOf(accountCount, steps);
    this.#marketCount = marketCount;
    this.#wasm.layOut(accountCount, marketCount, positionCount, steps > 1 ? this.blockPaths : 0);
    this.#wasm.setTerms(
      terms.closeOutAt === 'BELOW_MAINTENANCE',
      terms.slippage,
      terms.operatorCap,
      terms.fundCap,
    );
    for (const name of ['equities', 'gains', 'burdens', 'rates', 'exposures', 'maintenances'] as const) {
      this.#doubles(name, book[name].length).set(book[name]);
    }
    this.#integers('starts', accountCount + 1).set(book.starts);
    this.#integers('markets', positionCount).set(book.markets.map((market) => market * MOST_PATHS * 8));
    this.#weights = this.#doubles('weights', MOST_PATHS);
    this.#returns = this.#doubles('returns', marketCount * MOST_PATHS);
    this.#levels = this.#doubles('levels', MOST_PATHS);
    this.#amounts = this.#doubles('amounts', MOST_PATHS);
    this.#slopes = this.#doubles('slopes', MOST_PATHS);
    this.#totals = columnsOf(TOTALS, (index) => this.#doubles('totals', MOST_PATHS, index));
    this.sums = columnsOf(SUMS, (index) => this.#doubles('sums', accountCount, index));
  }

  begin(paths: number, weights: Float64Array): void {
    checkPaths(paths, this.blockPaths);
    this.#paths = paths;
    this.#weights.fill(0);
    copy(weights, this.#weights, paths);
    this.#wasm.begin(paths);
  }

  move(returns: Float64Array, last: boolean, totals: StepTotals): void {
    const paths = this.#paths;
    for (let market = 0; market < this.#marketCount; market++) {
      for (let path = 0; path < paths; path++) {
        this.#returns[market * MOST_PATHS + path] = returns[market * paths + path]!;
      }
    }
    this.#last = last;
    this.#wasm.move(last);
    for (const name of TOTALS) copy(this.#totals[name], totals[name], paths);
  }

  borne(levels: Float64Array, amounts: Float64Array, slopes: Float64Array): void {
    copy(levels, this.#levels, this.#paths);
    this.#wasm.borne();
    copy(this.#amounts, amounts, this.#paths);
    copy(this.#slopes, slopes, this.#paths);
  }

  take(levels: Float64Array): void {
    copy(levels, this.#levels, this.#paths);
    // After the last move `finish` takes them: it comes by all accounts anyway.
    if (!this.#last) this.#wasm.take();
  }

  finish(): void {
    this.#wasm.finish();
  }

  clear(): void {
    for (const name of SUMS) this.sums[name].fill(0);
  }

  #doubles(place: Place, length: number, index = 0): Float64Array {
    const { memory } = this.#wasm;
    return new Float64Array(memory.buffer, this.#wasm[place].value + index * length * 8, length);
  }

  #integers(place: Place, length: number): Uint32Array {
    return new Uint32Array(this.#wasm.memory.buffer, this.#wasm[place].value, length);
  }
}

function copy(from: Float64Array, to: Float64Array, count: number): void {
  for (let index = 0; index < count; index++) to[index] = from[index]!;
}
