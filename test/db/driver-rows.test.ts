import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** Our patch reads a row's text at once where each byte is a character: what comes back is what was sent, whatever stands beside it. */

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, { poolSize: 2 });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

// Lengths beyond 127 and 255 are bytes beyond ASCII in the message that carries them, and so is the mark of a null.
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 400 }),
    fc.constantFrom('', 'é', '\u{1F30A}', 'x'.repeat(200), 'ÿ'.repeat(130), '\u00ff\ufffd'),
  )
  .filter((value) => !value.includes('\0'));

it('has every text, null and number as it was sent', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(text), { minLength: 3, maxLength: 3 }),
      fc.integer(),
      async ([a, b, c], n) => {
        const columns = [a, b, n, c] as (string | number | null)[];
        const [row] = await db.sql.unsafe(
          'select $1::text as a, $2::text as b, $3::int as n, $4::text as c',
          columns,
          {
            prepare: true,
          },
        );
        expect(row).toEqual({ a, b, n: columns[2], c });
        const [values] = await db.sql
          .unsafe('select $1::text as a, $2::text as b, $3::int as n, $4::text as c', columns, {
            prepare: true,
          })
          .values();
        expect([...values!]).toEqual(columns);
      },
    ),
    { numRuns: 200 },
  );
});
