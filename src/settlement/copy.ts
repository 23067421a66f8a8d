import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { setImmediate } from 'node:timers/promises';
import type { Sql } from './transaction.ts';

/**
 * Writes texts to a COPY … FROM STDIN, no faster than PostgreSQL takes them. `meanwhile` runs once all are on their way, while
 * PostgreSQL still works on them; what it returns comes back when the statement has ended.
 *
 * @throws what PostgreSQL refused, or `meanwhile` threw
 */
export async function copyIn(copy: Writable, texts: Iterable<string>): Promise<undefined>;
export async function copyIn<T>(
  copy: Writable,
  texts: Iterable<string>,
  meanwhile: () => Promise<T>,
): Promise<T>;
export async function copyIn<T>(copy: Writable, texts: Iterable<string>, meanwhile?: () => Promise<T>) {
  const ended = finished(copy);
  // Awaited below; until then a failure shows itself as a stream that takes no more.
  ended.catch(() => {});
  try {
    for (const text of texts) {
      if (copy.destroyed) await ended;
      if (!copy.write(text)) await Promise.race([once(copy, 'drain'), ended]);
      // Writes alone never let the event loop turn: nobody else would be answered until the last row is gone.
      await setImmediate();
    }
    copy.end();
    const result = await meanwhile?.();
    await ended;
    return result;
  } catch (error) {
    copy.destroy();
    throw error;
  }
}

/** Making and hashing them takes half a millisecond: others are answered between two chunks. */
const ROWS_PER_CHUNK = 64;

/** Rows joined to texts worth a write. */
export function* inChunks(rows: Iterable<string>): Generator<string> {
  let chunk = '';
  let count = 0;
  for (const row of rows) {
    chunk += row;
    if (++count % ROWS_PER_CHUNK === 0) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

const LINES_AT_ONCE = 256;

/** The lines of a COPY. Names hold no backslash, tab or line break, so nothing in them is escaped. */
export async function* copyOut(sql: Sql, query: string): AsyncGenerator<string> {
  const chunks = await sql.unsafe(`copy (${query}) to stdout`).readable();
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = parts.pop()!;
    for (let i = 0; i < parts.length; i++) {
      // What has arrived already is handed over without the event loop turning: nobody else would be answered meanwhile.
      if (i % LINES_AT_ONCE === 0) await setImmediate();
      yield parts[i]!;
    }
  }
}
