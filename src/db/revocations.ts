import { type Database, inTransaction } from './database.ts';

export interface RevocationsOptions {
  readonly db: Database;
  /** Tokens were taken back: what is open with them must end. */
  readonly onRevoked: () => void;
  readonly onError: (error: unknown) => void;
  /** How often the table is read: how much later the other servers know. */
  readonly pollMs?: number | undefined;
}

/** Tokens to take back: all of a subject that were issued up to a moment. */
export interface Revocation {
  readonly subject: string;
  /** Now, by the database's clock, where null. */
  readonly issuedBefore: string | null;
  readonly reason: string | null;
  readonly revokedBy: string;
}

/** The moment to take tokens back from has not come. */
export class FutureRevocation extends Error {
  override name = 'FutureRevocation';
}

interface Row {
  readonly number: string;
  readonly subject: string;
  /** Seconds since the epoch. */
  readonly issued_before: string;
}

/**
 * Which tokens were taken back, on every server: the table is the truth, and each server reads what was added to it every second.
 * Who cannot read it at first knows nothing, and lets nobody in.
 */
export class Revocations {
  readonly #options: RevocationsOptions;
  readonly #timer: NodeJS.Timeout;
  /** Of each subject, up to when its tokens must not have been issued, in seconds since the epoch. */
  readonly #bySubject = new Map<string, number>();
  #last = 0n;
  #generation = -1;
  #reading: Promise<void> | null = null;

  constructor(options: RevocationsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.read().catch(options.onError), options.pollMs ?? 1_000);
    this.#timer.unref();
  }

  /** Null where that is not known yet. A token that does not say when it was issued counts as issued before all. */
  isRevoked({ subject, issuedAt }: { subject: string; issuedAt: number | null }): boolean | null {
    if (this.#generation < 0) return null;
    const until = this.#bySubject.get(subject);
    return until !== undefined && (issuedAt ?? 0) <= until;
  }

  /** Takes tokens back: here at once, on the other servers when they read next. Answers with the moment. */
  async revoke({ subject, issuedBefore, reason, revokedBy }: Revocation): Promise<string> {
    const moment = await inTransaction(this.#options.db, 'read committed', async (sql) => {
      await sql`lock table revocations in share row exclusive mode`;
      const [row] = await sql<{ issued_before: string }[]>`
        insert into revocations (number, subject, issued_before, reason, revoked_by, revoked_at)
        select (select coalesce(max(number), 0) + 1 from revocations), ${subject}, t.issued_before, ${reason}, ${revokedBy}, now()
        from (select coalesce(${issuedBefore}::timestamptz, now()) as issued_before) t
        where t.issued_before <= now() returning issued_before`;
      return row?.issued_before ?? null;
    });
    if (moment === null) throw new FutureRevocation('that moment has not come');
    await this.#readNow().catch(this.#options.onError);
    return moment;
  }

  /** Reads what was added since it last did. */
  read(): Promise<void> {
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading?.catch(() => {});
  }

  async #readNow(): Promise<void> {
    const { db, onRevoked } = this.#options;
    // Behind a new connection may be a database that was restored: its numbers may begin anew.
    const { generation } = db;
    const after = generation === this.#generation ? this.#last : 0n;
    const rows = await db.sql<Row[]>`
      select number, subject, extract(epoch from issued_before) as issued_before from revocations
      where number > ${String(after)}::bigint order by number`;
    let hasNew = false;
    for (const { subject, issued_before } of rows) {
      const until = Number(issued_before);
      if (until <= (this.#bySubject.get(subject) ?? Number.NEGATIVE_INFINITY)) continue;
      this.#bySubject.set(subject, until);
      hasNew = true;
    }
    if (rows.length > 0) this.#last = BigInt(rows.at(-1)!.number);
    this.#generation = generation;
    if (hasNew) onRevoked();
  }
}
