import { APPLICATION_NAME, type Database, HOLD_MS } from './database.ts';

export interface HoldersOptions {
  readonly db: Database;
  readonly holdMs?: number | undefined;
  readonly onEnded: (pids: readonly number[]) => void;
  readonly onError: (error: unknown) => void;
}

const LOOKS = 4;

/**
 * Ends the connections of processes that froze in the middle of a statement: of a COPY, say, whose rows never come. They hold their
 * pool's lock, and to PostgreSQL they are at work, so that no timeout of its own applies. Each server looks at those of all.
 *
 * What counts is how often one was found where it was, not for how long: a process that was frozen itself must not judge by its clock.
 */
export class Holders {
  readonly #options: HoldersOptions;
  readonly #timer: NodeJS.Timeout;
  #found = new Map<string, number>();
  #looking: Promise<void> | null = null;

  constructor(options: HoldersOptions) {
    this.#options = options;
    this.#timer = setInterval(
      () => {
        this.#looking ??= this.#look()
          .catch(options.onError)
          .finally(() => {
            this.#looking = null;
          });
      },
      (options.holdMs ?? HOLD_MS) / LOOKS,
    );
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { sql } = this.#options.db;
    // Where each is that waits for its client: a COPY that goes on processes more, and whatever goes on begins something new.
    const rows = await sql<{ pid: number; place: string }[]>`
      select a.pid, concat_ws(' ', a.pid, a.query_start, a.wait_event, c.bytes_processed, c.tuples_processed) as place
      from pg_stat_activity a left join pg_stat_progress_copy c on c.pid = a.pid
      where a.datname = current_database() and a.usename = current_user and a.application_name = ${APPLICATION_NAME}
        and a.state = 'active' and a.xact_start is not null and a.wait_event in ('ClientRead', 'ClientWrite')`;
    const found = new Map(rows.map(({ place }) => [place, (this.#found.get(place) ?? 0) + 1]));
    this.#found = found;
    const frozen = rows.filter(({ place }) => found.get(place)! > LOOKS).map(({ pid }) => pid);
    if (frozen.length === 0) return;
    await sql`select pg_terminate_backend(pid) from unnest(${frozen}::int[]) as pid`;
    this.#options.onEnded(frozen);
  }
}
