import { expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import type { SettlementRow } from '../../src/db/rows.ts';
import { SettlementMemory } from '../../src/graphql/settlement-memory.ts';

/** A settlement that was read is not read again, but over connections that may lead into another history. */

const row = (sequence: bigint, note = '') =>
  ({ poolId: 1, sequence, staleMarksReason: note }) as SettlementRow;

function reader() {
  const asked: bigint[][] = [];
  let history = 'first';
  const database = { generation: 1 };
  const memory = new SettlementMemory();
  return {
    asked,
    reconnect(to: string) {
      history = to;
      database.generation++;
    },
    find: (...sequences: bigint[]) =>
      memory.find(
        database as Database,
        sequences.map((sequence) => ({ poolId: 1, sequence })),
        async (missing) => {
          asked.push(missing.map(({ sequence }) => sequence));
          return missing.map(({ sequence }) => (sequence > 99n ? null : row(sequence, history)));
        },
      ),
  };
}

it('reads only what it does not know, in any order, and asks again for what was not there', async () => {
  const { asked, find } = reader();
  await find(1n, 2n);
  expect(await find(3n, 1n, 100n, 2n)).toMatchObject([
    row(3n, 'first'),
    row(1n, 'first'),
    null,
    row(2n, 'first'),
  ]);
  await find(100n);
  await find(2n);
  expect(asked).toEqual([[1n, 2n], [3n, 100n], [100n]]);
});

it('forgets what it read over connections that are gone', async () => {
  const { asked, find, reconnect } = reader();
  await find(1n);
  reconnect('restored');
  expect(await find(1n)).toMatchObject([row(1n, 'restored')]);
  expect(asked).toHaveLength(2);
});

it('keeps the thousand that were asked for last', async () => {
  const memory = new SettlementMemory();
  const database = { generation: 1 } as Database;
  let read = 0;
  const ask = (sequence: bigint) =>
    memory.find(database, [{ poolId: 1, sequence }], async (missing) => {
      read += missing.length;
      return missing.map((key) => row(key.sequence));
    });
  for (let n = 1n; n <= 1_000n; n++) await ask(n);
  await ask(1n);
  await ask(1_001n);
  expect(read).toBe(1_001);
  await ask(1n);
  expect(read).toBe(1_001);
  await ask(2n);
  expect(read).toBe(1_002);
});
