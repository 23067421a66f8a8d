import postgres from 'postgres';
import type { Places } from '../questions/question.ts';
import { POOL_ID } from './pool.ts';

/** The accounts and settlements of a prepared pool. */
export async function readPlaces(url: string): Promise<Places> {
  const sql = postgres(url, { max: 1 });
  try {
    const accounts = await sql`select ref from accounts where pool_id = ${POOL_ID} order by ref`;
    const sequences =
      await sql`select sequence from settlements where pool_id = ${POOL_ID} order by sequence`;
    return {
      accounts: accounts.map((row) => row.ref as string),
      sequences: sequences.map((row) => String(row.sequence)),
    };
  } finally {
    await sql.end();
  }
}
