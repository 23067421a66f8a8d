import { spawn } from 'node:child_process';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { spawnOptions } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError } from './error.ts';
import { serverOptions } from './options.ts';
import { type Place, statIfThere } from './place.ts';
import { clearStalePidFile } from './postmaster.ts';

const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
const LINES_SHOWN = 15;

/** A postgres process that we started. */
export interface Launch {
  readonly pid: number;
  readonly hasEnded: () => boolean;
  /** The last lines that it wrote to its log. */
  readonly lastLines: () => Promise<string>;
}

/** Starts PostgreSQL on the place's data. It is not ready yet: postmaster.pid will tell. */
export async function launch(
  place: Place,
  binaries: Binaries,
  port: number,
  durable: boolean,
): Promise<Launch> {
  await clearStalePidFile(place.data);
  const log = await openLog(place);
  try {
    const logStart = (await log.stat()).size;
    const child = spawn(binaries.postgres, ['-D', place.data, ...(await serverOptions(port, durable))], {
      ...spawnOptions(place.account),
      // Its own session: Ctrl-C and a signal to our process group reach us only, and we drain before it stops.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    let hasEnded = false;
    child.once('exit', () => {
      hasEnded = true;
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return { pid: child.pid!, hasEnded: () => hasEnded, lastLines: () => tail(place.log, logStart) };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'START_FAILED',
      `${binaries.postgres} cannot be run: ${(cause as Error).message}`,
      { cause },
    );
  } finally {
    await log.close();
  }
}

/** A port on the loopback that is free now. Somebody may take it before PostgreSQL does. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** PostgreSQL inherits the open file, so it need not be able to open it. One old log is kept. */
async function openLog(place: Place): Promise<FileHandle> {
  const size = (await statIfThere(place.log))?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) await rename(place.log, `${place.log}.1`);
  const log = await open(place.log, 'a+', 0o600);
  if (place.account) await log.chown(place.account.uid, place.account.gid);
  return log;
}

async function tail(path: string, from: number): Promise<string> {
  const log = await open(path);
  try {
    const length = (await log.stat()).size - from;
    const { buffer } = await log.read(Buffer.alloc(length), 0, length, from);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-LINES_SHOWN).join('\n');
  } finally {
    await log.close();
  }
}
