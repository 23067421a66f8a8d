import * as oracle from '../support/oracle.ts';

/** An account of the model: money in atoms, sizes in 10^-18, costs in 10^-54. */
export class ModelAccount {
  readonly owner: string;
  status: 'ACTIVE' | 'BANKRUPT' = 'ACTIVE';
  balance = 0n;
  /** β of its own. */
  cap: string | null = null;
  /** REALIZED_PNL since the session's cut, and u at it. */
  sessionRealized = 0n;
  atCut = 0n;
  readonly positions = new Map<string, { size: bigint; cost: bigint }>();
  /** Sequences of its notices, oldest first. */
  readonly notices: bigint[] = [];
  /** The haircuts that b counts, by settlement, less what came back of each. */
  readonly #counted = new Map<bigint, bigint>();
  /** Net REALIZED_PNL since b last was zero. */
  #net = 0n;

  constructor(owner: string) {
    this.owner = owner;
  }

  get burden(): oracle.BurdenState {
    return { b: oracle.total(this.#counted.values()), net: this.#net };
  }

  get b(): bigint {
    return oracle.counted(this.burden);
  }

  /** A haircut that finds b counting zero begins it anew. */
  bear(settlement: bigint, haircut: bigint): void {
    if (this.b === 0n) this.endBurden();
    this.#counted.set(settlement, haircut);
  }

  /** b falls by what is given back of a haircut that it counts. */
  giveBack(settlement: bigint, amount: bigint): void {
    const borne = this.#counted.get(settlement);
    if (borne === undefined) return;
    this.#counted.set(settlement, borne - amount);
    if (this.burden.b === 0n) this.endBurden();
  }

  offset(realized: bigint): void {
    if (this.burden.b > 0n) this.#net += realized;
  }

  endBurden(): void {
    this.#counted.clear();
    this.#net = 0n;
  }
}
