import { checkDatabase } from './doctor/database.ts';
import type { Finding } from './doctor/finding.ts';
import { checkMachine } from './doctor/machine.ts';
import { checkServer } from './doctor/server.ts';
import { SERVER_OPTIONS } from './kit/access.ts';
import { defineCommand, EXIT, JSON_OPTION } from './kit/command.ts';
import { paint, plain, print, printJson } from './kit/output.ts';

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

export const doctor = defineCommand({
  name: 'doctor',
  words: [],
  summary: 'says whether what is needed is there, and runs well',
  about: `Looks at this machine and its settings, at the database, and at the server as its callers see it. Each line
is ok, warn or fail, and says what to do. It changes nothing. Ends with 1 where a line is fail.`,
  options: { ...JSON_OPTION, ...SERVER_OPTIONS },
  examples: [
    ['doctor', 'everything, with the settings that the server has here'],
    ['doctor --url https://risk.example.com --token-file token', 'a server elsewhere, as a caller sees it'],
  ],
  async run({ options }) {
    const findings: Finding[] = [];
    for await (const finding of examine(options)) {
      findings.push(finding);
      if (!options.json) await show(finding);
    }
    if (options.json) await printJson({ checks: findings });
    return findings.some(({ status }) => status === 'fail') ? EXIT.REFUSED : EXIT.FINE;
  },
});

async function* examine(options: Parameters<typeof checkServer>[0]): AsyncGenerator<Finding> {
  yield* checkMachine();
  yield* checkDatabase();
  yield* checkServer(options);
}

async function show({ name, status, detail, advice }: Finding): Promise<void> {
  await print(`${paint(COLOURS[status], status.padEnd(4))}  ${name.padEnd(14)}  ${plain(detail)}`);
  if (advice) await print(`${' '.repeat(22)}→ ${plain(advice)}`);
}
