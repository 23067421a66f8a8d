import type { CloseOutTerms } from '../book.ts';
import type { KernelBook } from './block.ts';
import type { Kernel } from './kernel.ts';
import { PlainKernel } from './plain-kernel.ts';
import { WasmKernel } from './wasm-kernel.ts';

/**
 * The kernel that this machine runs fastest; which one makes no difference to the digits.
 *
 * @param steps how many moves a block has; with one, it takes no memory for each account and path
 */
export function makeKernel(book: KernelBook, terms: CloseOutTerms, steps: number): Kernel {
  return WasmKernel.isSupported() ? new WasmKernel(book, terms, steps) : new PlainKernel(book, terms, steps);
}
