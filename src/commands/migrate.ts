import { startEmbeddedPostgres } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { readDatabaseSettings } from '../server/settings.ts';
import { defineCommand, EXIT } from './kit/command.ts';
import { reachingDatabase } from './kit/errors.ts';
import { print, tell } from './kit/output.ts';

export const migrateCommand = defineCommand({
  name: 'migrate',
  words: [],
  summary: 'brings the database to this version',
  about: `Applies the migrations that DATABASE_URL lacks, or else the embedded database in DATA_DIR: all of them in one
transaction, or none. Servers of the version before may go on serving meanwhile.`,
  options: {},
  examples: [['migrate', 'before the servers of a new version are started']],
  async run() {
    const { databaseUrl, dataDir } = readDatabaseSettings();
    const wait = () => tell('Another process migrates the database: waiting for it.');
    if (databaseUrl) {
      await reachingDatabase(() => migrate(databaseUrl, undefined, wait));
    } else {
      const embedded = await startEmbeddedPostgres({ dataDir, log: tell });
      try {
        await migrate(embedded.url, undefined, wait);
      } finally {
        await embedded.stop();
      }
    }
    await print('The database has every migration.');
    return EXIT.FINE;
  },
});
