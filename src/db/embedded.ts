import { findBinaries } from './embedded/binaries.ts';
import { initialise, isInitialised } from './embedded/cluster.ts';
import { EmbeddedPostgresError } from './embedded/error.ts';
import { type Joined, joinServer, urlOf } from './embedded/join.ts';
import { findPlace, type Place, passwordOf, removePlace, statIfThere } from './embedded/place.ts';
import { findPostmaster, stopPostmaster } from './embedded/postmaster.ts';

const DATABASE = 'shearwater';

export interface EmbeddedPostgresOptions {
  /** The folder that identifies the database. Made when it is not there. */
  readonly dataDir: string;
  /** The port of a server that has to be started; one that already runs keeps its own. A free one when left out. */
  readonly port?: number;
  readonly log?: (line: string) => void;
  /**
   * For tests: the database is new, is faster because it does not wait for the disk, and `stop` deletes it. Deleting
   * is part of the bargain: data written without fsync must never be met again as if they were safe.
   */
  readonly disposable?: boolean;
}

export interface EmbeddedPostgres {
  /** Connects to the database `shearwater` as the superuser of the same name. */
  readonly url: string;
  /** Stops the server, unless another process uses it too: the last one stops it. Close all connections before. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that npm installed, on the data in `dataDir`, or joins the server that runs on them already:
 * one that outlived a killed process, or another process's.
 *
 * @throws EmbeddedPostgresError with a sentence that says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const durable = !options.disposable;
  const place = await findPlace(options.dataDir, log);
  const binaries = await findBinaries(place.account, place.staging);
  if (!(await isInitialised(place))) {
    log(`making a database in ${place.data}`);
    await initialise(place, binaries, durable);
  } else if (!durable) {
    throw new EmbeddedPostgresError(
      'DATA_UNUSABLE',
      `There is a database in ${place.data} already: a disposable one needs an empty folder.`,
    );
  }

  const joined = await joinServer(place, binaries, { port: options.port, durable });
  const { pid, port } = joined.postmaster;
  log(
    `embedded PostgreSQL ${joined.started ? 'started' : 'joined'}: 127.0.0.1:${port}, process ${pid}, data in ${place.data}`,
  );
  try {
    await joined.hold.ensureDatabase(DATABASE);
  } catch (error) {
    await leave(place, joined);
    throw error;
  }

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    const isStopped = await leave(place, joined);
    log(isStopped ? 'embedded PostgreSQL stopped' : 'embedded PostgreSQL keeps running for another process');
    if (isStopped && !durable) await removePlace(place);
  };
  return {
    url: urlOf(place, port, DATABASE),
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** The address of the server that runs on `dataDir`, for a look at it; null where none runs. Starts and makes nothing. */
export async function findEmbeddedPostgres(dataDir: string): Promise<string | null> {
  if (!(await statIfThere(passwordOf(dataDir)))) return null;
  const place = await findPlace(dataDir, () => {});
  const postmaster = await findPostmaster(place.data);
  return postmaster?.status === 'ready' ? urlOf(place, postmaster.port, DATABASE) : null;
}

/** True when nobody else uses the server, and it is stopped. */
async function leave(place: Place, { hold, postmaster }: Joined): Promise<boolean> {
  const isLast = await hold.release();
  try {
    if (isLast) await stopPostmaster(place.data, postmaster.pid);
  } finally {
    await hold.close();
  }
  return isLast;
}
