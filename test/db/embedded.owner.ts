/*
 * A process that owns an embedded PostgreSQL, for embedded.test.ts to kill, to run as another user, and to run
 * twice: node embedded.owner.ts DATA_DIR. It prints one line of JSON when it is up, and stops when its input ends.
 */
import { startEmbeddedPostgres } from '../../src/db/embedded.ts';

const lines: string[] = [];
const server = await startEmbeddedPostgres({ dataDir: process.argv[2]!, log: (line) => lines.push(line) });
console.log(JSON.stringify({ url: server.url, log: lines }));
for await (const _ of process.stdin);
await server.stop();
