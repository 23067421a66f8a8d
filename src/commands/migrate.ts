import { startEmbeddedPostgres } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import { readDatabaseSettings } from '../server/settings.ts';
import { runCommand } from './report.ts';

await runCommand(async () => {
  const { databaseUrl, dataDir } = readDatabaseSettings();
  if (databaseUrl) {
    await migrate(databaseUrl);
  } else {
    const embedded = await startEmbeddedPostgres({ dataDir, log: console.error });
    try {
      await migrate(embedded.url);
    } finally {
      await embedded.stop();
    }
  }
  console.log('The database has every migration.');
});
