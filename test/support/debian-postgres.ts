import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, postgresAccount, runAs } from '../../src/db/embedded/account.ts';
import { findPostmaster } from '../../src/db/embedded/postmaster.ts';
import { postgresPrograms } from '../debian/programs.ts';
import { newDataFolder, removeDataFolder } from './folder.ts';
import { quietPort } from './port.ts';

/** Safe against the end of processes, which tests cause; not against the end of the machine, which they do not. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  max_connections: '100',
  shared_buffers: '64MB',
  autovacuum: 'off',
  timezone: 'UTC',
};

/** A PostgreSQL server of Debian's, on a folder of its own under /tmp. As root it runs as user postgres. */
export class Cluster {
  readonly port: number;
  /** Everything of it; an archive of its log may lie beside the data. */
  readonly folder: string;
  readonly #account: Account | null;
  readonly #bin = postgresPrograms();

  private constructor(folder: string, account: Account | null, port: number) {
    this.folder = folder;
    this.#account = account;
    this.port = port;
  }

  /** A place for a server, with nothing in it: a backup fills it. A port that another had is for one that takes its place. */
  static async place(port?: number): Promise<Cluster> {
    const folder = await newDataFolder(process.ppid);
    const account = await postgresAccount(folder, undefined);
    const cluster = new Cluster(folder, account, port ?? (await quietPort()));
    for (const name of ['postgres', 'archive']) {
      await mkdir(join(folder, name), { mode: 0o700 });
      await cluster.#own(join(folder, name));
    }
    return cluster;
  }

  /** A new, running server. */
  static async start(settings: Record<string, string> = {}): Promise<Cluster> {
    const cluster = await Cluster.place();
    await cluster.initialise();
    await cluster.start(settings);
    return cluster;
  }

  get data(): string {
    return join(this.folder, 'postgres');
  }

  get archive(): string {
    return join(this.folder, 'archive');
  }

  urlOf(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** An empty database. */
  async initialise(): Promise<void> {
    await this.run(
      'initdb',
      '-D',
      this.data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
    );
  }

  /** Runs one of PostgreSQL's programs to its end, as the user that owns the data. */
  async run(program: string, ...args: string[]): Promise<string> {
    return (await runAs(this.#account, join(this.#bin, program), args)).stdout;
  }

  /**
   * Runs shell as a document has it, as that user, with PostgreSQL's programs for this server in reach; `-h primary` leads to it too.
   *
   * @param places folders of the document, and what they are here
   */
  async shell(text: string, places: Readonly<Record<string, string>> = {}): Promise<string> {
    const here = placed(text.replaceAll('-h primary', '-h 127.0.0.1'), places);
    const login = `export PATH='${this.#bin}':"$PATH" PGHOST=127.0.0.1 PGPORT=${this.port} PGUSER=postgres`;
    return (await runAs(this.#account, 'sh', ['-euc', `cd '${this.archive}'\n${login}\n${here}`])).stdout;
  }

  /** Says where the server is and how it runs: settings hold until the next start. */
  async start(settings: Record<string, string> = {}): Promise<void> {
    const options = Object.entries({ ...SETTINGS, port: String(this.port), ...settings })
      .map(([name, value]) => `-c ${name}='${value.replaceAll("'", "'\\''")}'`)
      .join(' ');
    // pg_ctl waits until the server takes connections, and -l takes its output away from us.
    await this.run(
      'pg_ctl',
      '-D',
      this.data,
      '-l',
      join(this.folder, 'archive', 'log'),
      '-w',
      '-t',
      '60',
      '-o',
      options,
      'start',
    );
  }

  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    if (await findPostmaster(this.data)) await this.run('pg_ctl', '-D', this.data, '-m', mode, '-w', 'stop');
  }

  /** Stops it and removes all of it. */
  async remove(): Promise<void> {
    await this.stop('immediate');
    await removeDataFolder(this.folder);
  }

  /** A file in the data directory, such as standby.signal. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.data, name), text);
    await this.#own(join(this.data, name));
  }

  async #own(path: string): Promise<void> {
    if (this.#account) await chown(path, this.#account.uid, this.#account.gid);
  }
}

const placed = (text: string, places: Readonly<Record<string, string>>): string =>
  Object.entries(places).reduce((here, [there, place]) => here.replaceAll(there, place), text);

/** The settings of a document's block of postgresql.conf. */
export function settingsOf(
  text: string,
  places: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const lines = placed(text, places).trimEnd().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, quoted, plain] = /^(\w+) = (?:'(.*)'|(\S+))(?:\s+#.*)?$/.exec(line) ?? [];
      if (!name) throw new Error(`no setting: ${line}`);
      return [name, quoted ?? plain!];
    }),
  );
}
