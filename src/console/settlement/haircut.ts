/** One haircut of a settlement, as the page shows it. */
export interface Haircut {
  readonly id: string;
  readonly account: string;
  readonly amount: string;
  readonly profit: string;
  readonly cap: string;
  readonly recovered: string;
}
