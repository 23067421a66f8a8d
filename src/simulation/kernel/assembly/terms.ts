// @ts-nocheck: this is AssemblyScript, a part of kernel.ts.

/* How accounts are closed out: CloseOutTerms of ../../book.ts. */

export let atMaintenance: bool = false;
export let slippage: f64 = 0;
export let operatorCap: f64 = 0;
export let fundCap: f64 = 0;

export function setTerms(maintenance: bool, share: f64, operator: f64, fund: f64): void {
  atMaintenance = maintenance;
  slippage = share;
  operatorCap = operator;
  fundCap = fund;
}
