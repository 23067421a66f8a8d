import { run } from './commands/kit/run.ts';

/** The command line: `npx shearwater COMMAND`. */
process.exitCode = await run(process.argv.slice(2));
