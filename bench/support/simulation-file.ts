import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { CloseOutTerms } from '../../src/simulation/book.ts';
import type { KernelBook } from '../../src/simulation/kernel/block.ts';

/** What both sides simulate: a book, on paths of one step. bench/simulation.c reads it as `writeCase` writes it. */
export interface Case {
  readonly book: KernelBook;
  readonly terms: CloseOutTerms;
  /** The fund's balance at the start of each path. */
  readonly fund: number;
  readonly paths: number;
}

const HEADER = 9;
const DOUBLES = ['equities', 'gains', 'burdens', 'rates', 'exposures', 'maintenances'] as const;

/** @param returns paths × marketCount, by path */
export function writeCase(file: string, { book, terms, fund, paths }: Case, returns: Float64Array): void {
  const header = Float64Array.of(
    book.accountCount,
    book.marketCount,
    book.markets.length,
    paths,
    terms.closeOutAt === 'BELOW_MAINTENANCE' ? 1 : 0,
    terms.slippage,
    terms.operatorCap,
    terms.fundCap,
    fund,
  );
  const descriptor = openSync(file, 'w');
  const columns = DOUBLES.map((name) => book[name]);
  for (const part of [header, ...columns, book.starts, book.markets]) writeSync(descriptor, part);
  writeSync(descriptor, returns.subarray(0, paths * book.marketCount));
  closeSync(descriptor);
}

/** A case without its returns, which are read a block at a time. */
export class CaseReader implements Disposable {
  readonly case: Case;
  readonly #descriptor: number;
  #at = 0;
  readonly #rows: Float64Array;

  constructor(file: string, blockPaths: number) {
    this.#descriptor = openSync(file, 'r');
    const [
      accountCount,
      marketCount,
      positionCount,
      paths,
      atMaintenance,
      slippage,
      operatorCap,
      fundCap,
      fund,
    ] = this.#read(new Float64Array(HEADER)) as unknown as number[];
    const of = (count: number) => this.#read(new Float64Array(count));
    const [equities, gains, burdens, rates] = [
      of(accountCount!),
      of(accountCount!),
      of(accountCount!),
      of(accountCount!),
    ];
    const [exposures, maintenances] = [of(positionCount!), of(positionCount!)];
    const starts = this.#read(new Uint32Array(accountCount! + 1));
    const markets = this.#read(new Uint32Array(positionCount!));
    this.#rows = new Float64Array(blockPaths * marketCount!);
    this.case = {
      book: {
        accountCount: accountCount!,
        marketCount: marketCount!,
        equities,
        gains,
        burdens,
        rates,
        starts,
        markets,
        exposures,
        maintenances,
      },
      terms: {
        closeOutAt: atMaintenance ? 'BELOW_MAINTENANCE' : 'BELOW_ZERO',
        slippage: slippage!,
        operatorCap: operatorCap!,
        fundCap: fundCap!,
      },
      fund: fund!,
      paths: paths!,
    };
  }

  /** The returns of the next paths, by market. */
  next(paths: number, into: Float64Array): void {
    const { marketCount } = this.case.book;
    this.#read(this.#rows.subarray(0, paths * marketCount));
    for (let path = 0; path < paths; path++) {
      for (let market = 0; market < marketCount; market++) {
        into[market * paths + path] = this.#rows[path * marketCount + market]!;
      }
    }
  }

  skip(paths: number): void {
    this.#at += paths * this.case.book.marketCount * 8;
  }

  #read<Column extends Float64Array | Uint32Array>(into: Column): Column {
    const read = readSync(this.#descriptor, into, 0, into.byteLength, this.#at);
    if (read !== into.byteLength) throw new Error(`The file ends ${into.byteLength - read} bytes early.`);
    this.#at += read;
    return into;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
