import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, inTransaction, openDatabase } from '../../src/db/database.ts';
import { copyIn, copyOut, inChunks } from '../../src/settlement/copy.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** Rows that go in by COPY while something else is worked out. */

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, { poolSize: 1 });
  await db.sql`create table copied (n integer primary key, padding text)`;
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

function* rows(count: number, at = (i: number) => String(i)): Generator<string> {
  for (let i = 0; i < count; i++) yield `${at(i)}\t${'x'.repeat(200)}\n`;
}

const copy = (texts: Iterable<string>, meanwhile?: () => Promise<string>) =>
  inTransaction(db, 'read committed', async (sql) => {
    const stream = await sql`copy copied from stdin`.writable();
    return meanwhile ? copyIn(stream, texts, meanwhile) : copyIn(stream, texts);
  });

const count = async () => Number((await db.sql`select count(*) as count from copied`)[0]!.count);

it('takes many rows and answers with what was worked out meanwhile', async () => {
  expect(await copy(inChunks(rows(50_000)), async () => 'done')).toBe('done');
  expect(await count()).toBe(50_000);
  await db.sql`truncate copied`;
});

it('tells what PostgreSQL refuses, early or late, writes nothing, and leaves the connection as it was', async () => {
  for (const wrong of [3, 49_999]) {
    const texts = inChunks(rows(50_000, (i) => (i === wrong ? 'no number' : String(i))));
    await expect(copy(texts, async () => 'done')).rejects.toThrow(/invalid input syntax/);
    expect(await count()).toBe(0);
  }
});

it('gives up with what failed meanwhile, or in making the rows, and writes nothing', async () => {
  const fail = async () => {
    throw new Error('no root');
  };
  await expect(copy(inChunks(rows(2_000)), fail)).rejects.toThrow('no root');
  const broken = function* () {
    yield* rows(2_000);
    throw new Error('no more rows');
  };
  await expect(copy(inChunks(broken()))).rejects.toThrow('no more rows');
  expect(await count()).toBe(0);
});

it('hands out rows as slowly as they are taken, and the connection goes on after the last, or after a reader that leaves', async () => {
  await copy(inChunks(rows(2_000)));
  // More than the driver keeps before it stops listening: it must listen again for whatever comes after the last row.
  for (const most of [2_000, 1_000]) {
    const taken = await inTransaction(db, 'read committed', async (sql) => {
      let lines = 0;
      for await (const line of copyOut(sql, 'select n, padding from copied order by n')) {
        expect(Number(line.split('\t')[0])).toBe(lines);
        if (lines % 100 === 0) await pause(5);
        if (++lines === most) break;
      }
      return [lines, Number((await sql`select count(*) as count from copied`)[0]!.count)];
    });
    expect(taken).toEqual([most, 2_000]);
  }
  await db.sql`truncate copied`;
});
