import { type Check, runTool } from './check.ts';

export const types: Check = {
  name: 'types',
  run: async () => {
    await runTool('tsc', '--noEmit', '--pretty', 'false');
    await runTool('tsc', '--noEmit', '--pretty', 'false', '--project', 'src/console');
  },
};

/** What biome can mend by itself, `npm run format` does. */
export const style: Check = {
  name: 'lint and format',
  run: async () =>
    void (await runTool('biome', 'ci', '--reporter=concise', '--max-diagnostics=none', '--colors=off', '.')),
};
