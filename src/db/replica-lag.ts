import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

const EVERY_MS = 250;
/** Beats that a replica did not show for so long are forgotten: it is too late for every query then. */
const MOST_BEATS = 2_400;

export interface ReplicaLagOptions {
  readonly primary: Database;
  readonly replica: Database;
  /** Told once when the replica is lost, and again when it was back meanwhile. */
  readonly onError: (error: unknown) => void;
}

/**
 * How late a replica is, by one clock: ours. A row of this process counts up on the primary; when the replica shows a count, it has
 * everything that was committed before that count was sent. So the bound needs no clock of another machine, holds for
 * physical and logical replication, and a replica that follows another primary, or none any more, or answers nothing, falls behind by itself.
 */
export class ReplicaLag {
  readonly #options: ReplicaLagOptions;
  readonly #server = randomUUID();
  readonly #timer: NodeJS.Timeout;
  /** When each beat was sent that the replica did not show yet, oldest first. */
  readonly #sent = new Map<bigint, number>();
  #beat = 0n;
  /** Everything that was committed by then is on the replica. */
  #freshAt = Number.NEGATIVE_INFINITY;
  /** It was a standby: one that is promoted has a history of its own from then on. */
  #wasStandby = false;
  #promoted = false;
  #beating: Promise<void> | null = null;
  #looking: Promise<void> | null = null;
  #failing = false;

  constructor(options: ReplicaLagOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), EVERY_MS).unref();
    this.#tick();
  }

  /** The most that a commit may be missing for on the replica now, in seconds; infinite where nothing is known. */
  get seconds(): number {
    return this.#promoted ? Number.POSITIVE_INFINITY : (performance.now() - this.#freshAt) / 1_000;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    await this.#options.primary.sql`delete from replication_beats where server = ${this.#server}`.catch(
      () => {},
    );
  }

  #tick(): void {
    // One that hangs is not asked again: a replica that answers nothing falls behind.
    this.#beating ??= this.#told(this.#send()).finally(() => {
      this.#beating = null;
    });
    this.#looking ??= this.#told(this.#look()).finally(() => {
      this.#looking = null;
    });
  }

  async #send(): Promise<void> {
    const { sql } = this.#options.primary;
    const beat = ++this.#beat;
    this.#sent.set(beat, performance.now());
    if (this.#sent.size > MOST_BEATS) this.#sent.delete(this.#sent.keys().next().value!);
    await sql`
      insert into replication_beats (server, beat) values (${this.#server}, ${beat.toString()}::bigint)
      on conflict (server) do update set beat = excluded.beat`;
  }

  async #look(): Promise<void> {
    const [row] = await this.#options.replica.sql<{ standby: boolean; beat: string | null }[]>`
      select pg_is_in_recovery() as standby, (select beat from replication_beats where server = ${this.#server}) as beat`;
    this.#wasStandby ||= row!.standby;
    this.#promoted = this.#wasStandby && !row!.standby;
    if (row!.beat === null) return;
    const shown = BigInt(row!.beat);
    this.#freshAt = this.#sent.get(shown) ?? this.#freshAt;
    for (const beat of this.#sent.keys()) if (beat <= shown) this.#sent.delete(beat);
  }

  async #told(work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#options.onError(error);
      this.#failing = true;
    }
  }
}
