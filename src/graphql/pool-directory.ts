import type { Database } from '../db/database.ts';

/** What never changes of a pool: enough to name it and to print its amounts. */
export interface PoolIdentity {
  readonly poolId: number;
  readonly name: string;
  readonly asset: string;
  readonly decimals: number;
}

/** Remembers pools' identities for the life of the process, so that printing an amount never waits for the database. */
export class PoolDirectory {
  readonly #db: Database;
  readonly #byId = new Map<number, { readonly identity: PoolIdentity; readonly generation: number }>();
  readonly #idByName = new Map<string, number>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** The identity of a pool whose rows were loaded through this directory. */
  get(poolId: number): PoolIdentity {
    const identity = this.#byId.get(poolId)?.identity;
    if (!identity) throw new Error(`pool ${poolId} was not resolved before its rows were`);
    return identity;
  }

  /** The pool of a name, when it is known over the connections as they are; a pool keeps its name for ever. */
  find(name: string): PoolIdentity | null {
    const poolId = this.#idByName.get(name);
    const known = poolId === undefined ? undefined : this.#byId.get(poolId);
    return known?.generation === this.#db.generation && known.identity.name === name ? known.identity : null;
  }

  /**
   * Makes sure that these pools can be got. Over a new connection they are read again: a database that was restored gives
   * the number of a pool that it lost to another.
   */
  async resolve(poolIds: Iterable<number>): Promise<void> {
    const { generation } = this.#db;
    const missing = new Set<number>();
    for (const poolId of poolIds) {
      if (this.#byId.get(poolId)?.generation !== generation) missing.add(poolId);
    }
    if (missing.size === 0) return;
    const rows = await this.#db.sql<{ pool_id: number; name: string; asset: string; decimals: number }[]>`
      select pool_id, name, asset, decimals from pools where pool_id = any(${[...missing]}::int[])`;
    for (const row of rows) {
      const { pool_id: poolId, name, asset, decimals } = row;
      this.#idByName.set(name, poolId);
      this.#byId.set(poolId, { identity: { poolId, name, asset, decimals }, generation });
    }
  }
}
