import { DatabaseSync } from 'node:sqlite';
import type { HaircutNotice, KeyStore } from '@shearwater/client';

/**
 * The venue's own ledger: what each account's balance changed by, and how far it has heard. The cursor lies in the same database as
 * the entries, so that one transaction keeps both: that makes "at least once" exactly once.
 */
export class Ledger {
  readonly #db: DatabaseSync;
  /** Idempotency keys live here too, and are on the disk before they are sent. */
  readonly keys: KeyStore;

  constructor(file: string) {
    // Others may look into it: who finds it locked waits.
    const db = new DatabaseSync(file, { timeout: 5_000 });
    db.exec(`
      pragma journal_mode = wal;
      pragma synchronous = full;
      create table if not exists entries (
        notice text primary key, account text, sequence text, kind text, amount text, explanation text) strict;
      create table if not exists settled (loss text primary key, sequence text not null) strict;
      create table if not exists kept (name text primary key, value text not null) strict;`);
    this.#db = db;
    const { load, save, remove } = {
      load: db.prepare('select value from kept where name = ?'),
      save: db.prepare('insert into kept values (?, ?) on conflict do update set value = excluded.value'),
      remove: db.prepare('delete from kept where name = ?'),
    };
    this.keys = {
      load: (name) => (load.get(`key ${name}`)?.value as string | undefined) ?? null,
      save: (name, key) => void save.run(`key ${name}`, key),
      delete: (name) => void remove.run(`key ${name}`),
    };
  }

  /** Where to go on hearing; from the very first notice on, where nothing was heard yet. */
  cursor(): string {
    const row = this.#db.prepare("select value from kept where name = 'cursor'").get();
    return (row?.value as string | undefined) ?? '0';
  }

  /** Books a notice and remembers it as heard: both, or neither. */
  apply({ haircut, sequence, kind, amount, explanation, cursor }: HaircutNotice): void {
    this.#db.exec('begin immediate');
    try {
      // A notice that was missing and asked for again has an older cursor than others that are booked: after a crash there, those come again.
      this.#db
        .prepare('insert or ignore into entries values (?, ?, ?, ?, ?, ?)')
        .run(cursor, haircut.account.ref, sequence, kind, amount, explanation);
      this.#db
        .prepare("insert into kept values ('cursor', ?) on conflict do update set value = excluded.value")
        .run(cursor);
      this.#db.exec('commit');
    } catch (error) {
      this.#db.exec('rollback');
      throw error;
    }
  }

  isSettled(loss: string): boolean {
    return this.#db.prepare('select 1 from settled where loss = ?').get(loss) !== undefined;
  }

  noteSettled(loss: string, sequence: string): void {
    this.#db.prepare('insert or ignore into settled values (?, ?)').run(loss, sequence);
  }
}
