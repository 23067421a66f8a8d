import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CursorStore, KeyStore } from './stores.ts';

/** Stores in files, for Node. Each write is whole or not there, whatever happens to the process or the machine. */

export function fileStore(file: string): CursorStore {
  return { load: () => read(file), save: (cursor) => write(file, cursor) };
}

/** All keys in one file of JSON. One process uses it at a time. */
export function fileKeys(file: string): KeyStore {
  const all = async (): Promise<Record<string, string>> => JSON.parse((await read(file)) ?? '{}');
  let last: Promise<unknown> = Promise.resolve();
  /** Changes come one after the other: each reads what the one before it wrote. */
  const change = (edit: (keys: Record<string, string>) => Record<string, string>): Promise<void> => {
    const next = last.then(async () => write(file, JSON.stringify(edit(await all()))));
    last = next.catch(() => {});
    return next;
  };
  return {
    load: async (name) => {
      await last;
      const keys = await all();
      return Object.hasOwn(keys, name) ? keys[name]! : null;
    },
    save: (name, key) => change((keys) => ({ ...keys, [name]: key })),
    delete: (name) => change(({ [name]: _, ...others }) => others),
  };
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function write(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  // A new name is on the disk when its folder is. Windows opens no folders, and keeps names by itself.
  if (process.platform === 'win32') return;
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
