import { existsSync } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { UsageError } from '../kit/errors.ts';
import { printRaw } from '../kit/output.ts';

/** Where an export goes. */
export interface Target {
  write(text: string): Promise<void>;
  /** All is written. */
  keep(): Promise<void>;
  /** Something failed: nothing half-written is left. */
  drop(): Promise<void>;
}

/** A file is written beside its name and gets it when it is whole. Without one it goes to standard output. */
export async function openTarget(file: string | undefined, force: boolean): Promise<Target> {
  if (file === undefined) return { write: printRaw, keep: async () => {}, drop: async () => {} };
  if (!force && existsSync(file)) throw taken(file);
  const draft = `${file}.${process.pid}.part`;
  // What others bore is not for every user of this machine.
  const handle = await open(draft, 'wx', 0o600).catch((error) => {
    throw refused(error);
  });
  const drop = async () => {
    await handle.close();
    await rm(draft, { force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void drop().finally(() => process.kill(process.pid, signal)));
  return {
    async write(text) {
      await handle.writeFile(text);
    },
    async keep() {
      await handle.sync();
      if (force) await rename(draft, file);
      else {
        // Unlike a rename it replaces nothing that came meanwhile.
        await link(draft, file).catch((error) => {
          throw error.code === 'EEXIST' ? taken(file) : refused(error);
        });
        await rm(draft);
      }
      await handle.close();
    },
    drop,
  };
}

const taken = (file: string) =>
  new UsageError(`${file} is there already: name another file with --out, or add --force`);

const refused = (error: Error) => new UsageError(`Cannot write --out: ${error.message.split(',')[0]}`);
