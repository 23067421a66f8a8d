import type postgres from 'postgres';

/** What each table holds, as a hash a table: two databases with the same hashes have the same rows. */
export async function contentsOf(sql: postgres.Sql): Promise<Record<string, string>> {
  const tables = await sql`select tablename from pg_tables where schemaname = 'public' order by tablename`;
  const contents: Record<string, string> = {};
  for (const { tablename } of tables) {
    const [row] =
      await sql`select md5(coalesce(string_agg(t::text, E'\n' order by t::text collate "C"), '')) as hash from ${sql(tablename)} t`;
    contents[tablename] = row!.hash;
  }
  return contents;
}
