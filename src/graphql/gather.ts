/** Reads of several callers in one: what they ask for, and whom to tell. */
interface Gathering<Key, Value> {
  readonly read: (keys: readonly Key[]) => Promise<readonly Value[]>;
  readonly callers: {
    readonly keys: readonly Key[];
    readonly told: PromiseWithResolvers<readonly Value[]>;
  }[];
  weight: number;
}

/**
 * How much one statement may be asked for together, in rows or keys. Who reads together is answered together, so there is an end to what
 * each waits for (docs/decisions/0026).
 */
const MOST = 250;

/**
 * Joins what operations read of a database at the same moment: under load many ask the like, and one statement for all costs a
 * fraction of theirs. Each still reads what is committed when it asks: nothing is kept, and nobody joins a statement that was sent.
 */
export class Gather {
  readonly #gathering = new Map<string, Gathering<never, unknown>>();

  /**
   * Reads with others that come before the event loop turns, or at once what no second of its kind would fit beside.
   *
   * @param name tells reads apart that cannot be one statement
   * @param read finds the values of keys, in their order
   * @param weight of one key: how many rows it may come to
   */
  load<Key, Value>(
    name: string,
    keys: readonly Key[],
    read: (keys: readonly Key[]) => Promise<readonly Value[]>,
    weight = 1,
  ): Promise<readonly Value[]> {
    const added = keys.length * weight;
    if (2 * added > MOST) return read(keys);
    let gathering = this.#gathering.get(name) as Gathering<Key, Value> | undefined;
    if (!gathering || gathering.weight + added > MOST) {
      const opened: Gathering<Key, Value> = { read, callers: [], weight: 0 };
      gathering = opened;
      this.#gathering.set(name, opened as never);
      setImmediate(() => {
        if (this.#gathering.get(name) === (opened as never)) this.#gathering.delete(name);
        void send(opened);
      });
    }
    gathering.weight += added;
    const told = Promise.withResolvers<readonly Value[]>();
    gathering.callers.push({ keys, told });
    return told.promise;
  }
}

async function send<Key, Value>({ read, callers }: Gathering<Key, Value>): Promise<void> {
  try {
    const values = await read(callers.length === 1 ? callers[0]!.keys : callers.flatMap(({ keys }) => keys));
    let next = 0;
    for (const { keys, told } of callers) {
      told.resolve(values.slice(next, next + keys.length));
      next += keys.length;
    }
  } catch (error) {
    // What one of them asks for may be what failed: nobody bears that of another.
    for (const { keys, told } of callers) {
      if (callers.length === 1) told.reject(error);
      else read(keys).then(told.resolve, told.reject);
    }
  }
}
