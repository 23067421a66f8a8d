import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What the tests of this folder run, and Debian's package that has it. .ci/run installs the same packages. */
const PROGRAMS: Record<string, string> = {
  'nats-server': 'nats-server',
  promtool: 'prometheus',
};

const POSTGRES_PROGRAMS = ['initdb', 'pg_ctl', 'pg_basebackup', 'pg_dump', 'pg_restore', 'psql'];
const DEBIANS_VERSIONS = '/usr/lib/postgresql';
const OLDEST_POSTGRES = 15;

/** The folder of the oldest PostgreSQL from 15 on that is installed with all its tools: all SQL must run on 15. */
function findPostgres(): string | undefined {
  let versions: number[] = [];
  try {
    versions = readdirSync(DEBIANS_VERSIONS).map(Number);
  } catch {
    // There is none.
  }
  return versions
    .filter((version) => version >= OLDEST_POSTGRES)
    .sort((a, b) => a - b)
    .map((version) => join(DEBIANS_VERSIONS, String(version), 'bin'))
    .find((bin) => POSTGRES_PROGRAMS.every((program) => isExecutable(join(bin, program))));
}

/** The folder with PostgreSQL's programs. */
export function postgresPrograms(): string {
  const found = findPostgres();
  if (!found) throw new Error(missing(['postgresql']));
  return found;
}

/** Before all tests of the lane: it fails as a whole where a program is missing. */
export default function setup(): void {
  const folders = (process.env.PATH ?? '').split(':');
  const packages = Object.entries(PROGRAMS)
    .filter(([program]) => !folders.some((folder) => isExecutable(join(folder, program))))
    .map(([, name]) => name);
  if (!findPostgres()) packages.unshift('postgresql');
  if (packages.length > 0) throw new Error(missing(packages));
}

const missing = (packages: readonly string[]): string =>
  `npm run test:debian runs programs that are not installed: apt-get install ${packages.join(' ')} (15 or newer of postgresql).`;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
