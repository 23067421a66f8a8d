import { randomUUID } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { codeOf } from './error.ts';

/**
 * The content of a small file, made with `content` (readable by its owner only) when there is none. Of several
 * processes that do this at once all get what the first one wrote: a hard link appears whole, and only once.
 */
export async function writeOnce(path: string, content: string): Promise<string> {
  const present = await readIfThere(path);
  if (present !== undefined) return present;

  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
    await link(draft, path).catch((error) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } finally {
    await file.close();
    await unlink(draft);
  }
  return readFile(path, 'utf8');
}

/** A file's text, or undefined when there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
