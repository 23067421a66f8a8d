// @ts-nocheck: this is AssemblyScript, a part of kernel.ts.

import * as m from './memory.ts';

/** `taken` of an account that is closed out: it makes the equity −∞, so that the account is not open and has no profit. */
export const CLOSED = Infinity;

/** Where an account has what it gave on each path of the block before this step. */
export function rowOf(account: usize): usize {
  return m.takenRows === 0 ? m.nothing : load<usize>(m.takenRows + account * 4);
}

export function setRow(account: usize, row: usize): void {
  store<usize>(m.takenRows + account * 4, row);
}

export function ownRow(account: usize): usize {
  const row = m.ownRows + account * m.ownRow;
  if (rowOf(account) === m.nothing) {
    memory.fill(row, 0, m.ownRow);
    setRow(account, row);
  }
  return row;
}
