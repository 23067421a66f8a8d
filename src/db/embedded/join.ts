import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { SUPERUSER } from './cluster.ts';
import { EmbeddedPostgresError } from './error.ts';
import { Hold } from './hold.ts';
import { freePort, type Launch, launch } from './launch.ts';
import type { Place } from './place.ts';
import { findPostmaster, type Postmaster, stopPostmaster } from './postmaster.ts';

const PATIENCE_MS = 60_000;
const POLL_MS = 20;
const RELAUNCH_MS = 200;
const LAUNCHES = 10;
const DYING = 'pre-existing shared memory block';

export interface JoinOptions {
  readonly port: number | undefined;
  readonly durable: boolean;
}

export interface Joined {
  readonly postmaster: Postmaster;
  readonly hold: Hold;
  /** False when the server ran already. */
  readonly started: boolean;
}

/**
 * Takes hold of the server that runs on the place's data, after starting one if none does. Both are one loop: who
 * starts the server and who meets it both join it through its postmaster.pid, so it does not matter how several
 * processes that start and stop at once interleave.
 */
export async function joinServer(place: Place, binaries: Binaries, options: JoinOptions): Promise<Joined> {
  let own: Launch | undefined;
  let launches = 0;
  let obstacle: unknown;
  try {
    for (let deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(POLL_MS)) {
      const postmaster = await findPostmaster(place.data);
      if (postmaster?.status === 'ready') {
        const hold = await Hold.take(urlOf(place, postmaster.port, 'postgres'), place.data).catch((error) => {
          if (error instanceof EmbeddedPostgresError) throw error;
          obstacle = error;
        });
        if (hold) return { postmaster, hold, started: postmaster.pid === own?.pid };
      } else if (postmaster?.status === 'starting') {
        // Recovery after a crash takes as long as there is log to replay.
        deadline = Date.now() + PATIENCE_MS;
      } else if (!postmaster && (!own || own.hasEnded())) {
        if (own) {
          const output = await own.lastLines();
          // What was killed leaves processes that end when their statements do: that is waited for to the deadline.
          if (output.includes(DYING)) launches = 0;
          if (launches >= LAUNCHES || !isWorthAnotherTry(output, options.port)) throw refusal(place, output);
          await sleep(RELAUNCH_MS);
        }
        launches += 1;
        own = await launch(place, binaries, options.port ?? (await freePort()), options.durable);
      }
    }
    const seconds = PATIENCE_MS / 1000;
    throw new EmbeddedPostgresError(
      'START_FAILED',
      `PostgreSQL on ${place.data} did not accept a connection in ${seconds} s; its log is ${place.log}.`,
      { cause: obstacle },
    );
  } catch (error) {
    // A server that we cannot use is not left behind.
    if (own && !own.hasEnded()) await stopPostmaster(place.data, own.pid);
    throw error;
  }
}

export function urlOf(place: Place, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${place.password}@127.0.0.1:${port}/${database}`;
}

/** We lost a race: for the port, or against others who start, stop, or have not quite died on the same data. */
function isWorthAnotherTry(output: string, port: number | undefined): boolean {
  if (output.includes('could not bind IPv4 address')) return port === undefined;
  return ['lock file "postmaster.pid"', DYING, 'received fast shutdown request'].some((sign) =>
    output.includes(sign),
  );
}

function refusal(place: Place, output: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'START_FAILED',
    `PostgreSQL did not start on ${place.data}; the end of its log ${place.log}:\n${output}`,
  );
}
