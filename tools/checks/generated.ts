import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Check, CheckFailed, failIf, inRoot, ROOT, runTool } from './check.ts';

/** The typed operations are what the documents and schema.graphql generate. */
export const operationsInSync: Check = {
  name: 'typed operations in sync',
  run: async () => {
    const [{ generate }, { default: config }] = await Promise.all([
      import('@graphql-codegen/cli'),
      import('../../codegen.ts'),
    ]);
    const folders = Object.keys(config.generates);
    const generated: { filename: string; content: string }[] = await generate(
      { ...config, cwd: ROOT, silent: true },
      false,
    );
    const expected = new Map(
      generated.map(({ filename, content }) => [relative(ROOT, inRoot(filename)), content]),
    );
    const found = new Set((await Promise.all(folders.map(filesUnder))).flat());
    const stale: string[] = [];
    for (const [file, content] of expected) {
      if (!found.has(file)) stale.push(`${file} is missing`);
      else if ((await readFile(inRoot(file), 'utf8')) !== content)
        stale.push(`${file} is not what codegen writes now`);
    }
    for (const file of found)
      if (!expected.has(file)) stale.push(`${file} is no longer generated: remove it`);
    failIf(stale, 'Run npm run codegen and commit what it writes.');
  },
};

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(inRoot(folder), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** The migrations come to the tables of src/db/schema.ts: generating in a copy of them adds none. */
export const migrationsInSync: Check = {
  name: 'migrations in sync',
  run: async () => {
    const copy = await mkdtemp(join(tmpdir(), 'shearwater-migrations-'));
    try {
      await cp(inRoot('drizzle'), copy, { recursive: true });
      const before = new Set(await readdir(copy));
      const flags = { dialect: 'postgresql', schema: './src/db/schema.ts', out: copy };
      const output = await runTool(
        'drizzle-kit',
        'generate',
        ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      );
      const added = (await readdir(copy)).filter((name) => !before.has(name));
      const sql = await Promise.all(added.map((name) => readFile(join(copy, name, 'migration.sql'), 'utf8')));
      failIf(
        sql,
        'src/db/schema.ts says more than the migrations do: run npm run db:generate, and read what it writes.',
      );
      // Nothing added, and nothing said about it, is a tool that asked a question and got no answer.
      if (!/no schema changes/i.test(output)) throw new CheckFailed(output);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  },
};
