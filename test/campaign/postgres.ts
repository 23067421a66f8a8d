import { startEmbeddedPostgres } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { embeddedUrl, postmasterOf } from '../support/embedded-url.ts';
import { eventually } from '../support/eventually.ts';
import { newDataFolder, removeDataFolder } from '../support/folder.ts';
import { urlOfDatabase, withAdmin } from '../support/postgres.ts';

const TEMPLATE = 'campaign_template';

/** A PostgreSQL of the campaign's own, which it may kill: an embedded one that waits for the disk, as a venue's would. */
export class CampaignPostgres {
  readonly #dataDir: string;
  #url = '';
  #port = 0;
  #databases = 0;
  #restarting: Promise<void> = Promise.resolve();

  private constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  static async start(): Promise<CampaignPostgres> {
    const postgres = new CampaignPostgres(await newDataFolder(process.pid));
    await postgres.#launch();
    await withAdmin(postgres.#url, (sql) => sql`create database ${sql(TEMPLATE)}`);
    await migrate(urlOfDatabase(postgres.#url, TEMPLATE));
    return postgres;
  }

  async #launch(): Promise<void> {
    await startEmbeddedPostgres({ dataDir: this.#dataDir, ...(this.#port ? { port: this.#port } : {}) });
    this.#url = await embeddedUrl(this.#dataDir);
    this.#port = Number(new URL(this.#url).port);
  }

  /** A migrated database without rows. */
  async database(): Promise<{ readonly url: string; drop(): Promise<void> }> {
    const name = `round_${++this.#databases}`;
    await withAdmin(this.#url, (sql) => sql`create database ${sql(name)} template ${sql(TEMPLATE)}`);
    return {
      url: urlOfDatabase(this.#url, name),
      drop: () => withAdmin(this.#url, (sql) => sql`drop database ${sql(name)} with (force)`),
    };
  }

  /** kill -9 of the postmaster; its children end by themselves, and the next start recovers from the log. One at a time. */
  restart(): Promise<void> {
    this.#restarting = this.#restarting.then(() => this.#restart());
    return this.#restarting;
  }

  async #restart(): Promise<void> {
    const postmaster = await postmasterOf(this.#dataDir);
    process.kill(postmaster!.pid, 'SIGKILL');
    await eventually('the end of PostgreSQL', async () => (await postmasterOf(this.#dataDir)) === undefined);
    await this.#launch();
  }

  async stop(): Promise<void> {
    await removeDataFolder(this.#dataDir);
  }
}
