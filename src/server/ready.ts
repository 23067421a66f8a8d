import type { Database } from '../db/database.ts';
import { migrationsCurrent } from '../db/migrate.ts';

/** Why a server should get no requests now; null while it should. */
export const readiness =
  (db: Database, isDraining: () => boolean): (() => Promise<string | null>) =>
  async () => {
    if (isDraining()) return 'draining';
    try {
      return (await migrationsCurrent(db.sql)) ? null : 'the migrations are not current: run npm run migrate';
    } catch {
      return 'the database cannot be reached';
    }
  };
