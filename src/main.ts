import { run } from './commands/kit/run.ts';

/** The server: `npm start`. */
process.exitCode = await run(['serve']);
