import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Database } from '../db/database.ts';
import { openDatabase } from '../db/database.ts';
import { ReplicaLag } from '../db/replica-lag.ts';
import { type Context, createContext } from '../graphql/context.ts';
import { isOurs } from '../graphql/errors.ts';
import { PoolDirectory } from '../graphql/pool-directory.ts';
import { Books } from '../settlement/books.ts';
import { Exposures } from '../settlement/exposures.ts';
import { QueueCache } from '../settlement/queue.ts';
import { StressTests } from '../settlement/stress-test.ts';
import { TotalsCache } from '../settlement/totals.ts';

/** How long a query waits for the replica before the database itself is asked. */
const PATIENCE_MS = 5_000;

export type AnsweredBy = 'replica' | 'database' | 'database after the replica failed';

export interface ReplicaOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly primary: Database;
  readonly onError: (error: unknown, doing: string) => void;
  readonly onAnswer: (by: AnsweredBy) => void;
}

/**
 * A read replica, with everything that remembers what was read by its own: books, totals, queues and names of the database never meet
 * those of the replica. All that a query reads, it reads from one of the two.
 */
export class Replica {
  readonly #options: ReplicaOptions;
  readonly #db: Database;
  readonly #lag: ReplicaLag;
  readonly #services: Pick<
    Context,
    'db' | 'pools' | 'totals' | 'queues' | 'books' | 'exposures' | 'stressTests'
  >;

  constructor(options: ReplicaOptions) {
    const { url, poolSize, primary, onError } = options;
    const db = openDatabase(url, { poolSize, readOnly: true });
    const books = new Books(null, db);
    this.#options = options;
    this.#db = db;
    this.#lag = new ReplicaLag({
      primary,
      replica: db,
      onError: (error) => onError(error, 'watching the replica'),
    });
    this.#services = {
      db,
      pools: new PoolDirectory(db),
      totals: new TotalsCache(db),
      queues: new QueueCache(db),
      books,
      exposures: new Exposures({ db, books }),
      stressTests: new StressTests({ db, books }),
    };
  }

  get lagSeconds(): number {
    return this.#lag.seconds;
  }

  /** Runs a query that may be so many seconds late, on the replica where it is not later, else on the database. */
  async answer(
    seconds: number,
    args: ExecutionArgs,
    run: (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>,
  ): Promise<ExecutionResult> {
    const { onAnswer, onError } = this.#options;
    if (this.#lag.seconds > seconds) {
      onAnswer('database');
      return run(args);
    }
    const context = args.contextValue as Context;
    const late = createContext({ ...context, ...this.#services }, context.viewer, context.transport);
    const result = await this.#tried(() => run({ ...args, contextValue: late }));
    // A query may run twice: whatever the replica has against it, the database answers.
    const failure = result instanceof Error ? result : result.errors?.find(isOurs);
    if (!failure) {
      onAnswer('replica');
      return result as ExecutionResult;
    }
    onError(failure, 'asking the replica');
    onAnswer('database after the replica failed');
    return run(args);
  }

  async close(): Promise<void> {
    await this.#lag.close();
    await this.#db.close();
  }

  async #tried(run: () => ExecutionResult | Promise<ExecutionResult>): Promise<ExecutionResult | Error> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Error>((resolve) => {
      timer = setTimeout(
        () => resolve(new Error(`the replica did not answer within ${PATIENCE_MS} ms`)),
        PATIENCE_MS,
      );
    });
    try {
      return await Promise.race([run(), late]);
    } catch (error) {
      return error as Error;
    } finally {
      clearTimeout(timer);
    }
  }
}
