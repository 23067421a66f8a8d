import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Trader } from './book.ts';
import type { Client } from './client.ts';
import { count, roundUsd, seconds, table } from './human.ts';
import { aside, bold, doing, done, line } from './terminal.ts';

/* Which rule is fair, and how the one who bears a haircut checks it. */

interface Outcome {
  readonly method: string;
  readonly accountsTouched: number;
  readonly accountsWipedOut: number;
  readonly largestRate: { readonly decimal: string };
  readonly topTenShare: string;
  readonly effectiveNumber: string;
  readonly largestBearers: readonly { readonly amount: string }[];
  readonly splitting: { readonly changes: boolean; readonly before: string; readonly after: string };
  readonly twoSteps: { readonly changes: boolean };
}

const COMPARE = `query Compare($input: CompareAllocationsInput!) { compareAllocations(input: $input) {
  ... on Error { message }
  ... on AllocationComparison { methods { method accountsTouched accountsWipedOut largestRate { decimal } topTenShare effectiveNumber
    largestBearers(first: 1) { amount } splitting { changes before after } twoSteps { changes } } } } }`;

/** Every method beside the others, on the losses that are open, before anyone settles. */
export async function compareMethods(venue: Client, pool: string): Promise<void> {
  doing('running the seven methods');
  const began = performance.now();
  const { methods } = await venue.ask<{ methods: Outcome[] }>(COMPARE, { input: { pool } });
  const ms = performance.now() - began;
  const rate = (text: string, digits: number) => `${(Number(text) * 100).toFixed(digits)} %`;
  const rows = methods.map(({ method, splitting, twoSteps, ...outcome }) => [
    method.toLowerCase().replaceAll('_', ' '),
    count(outcome.accountsTouched),
    count(outcome.accountsWipedOut),
    rate(outcome.largestRate.decimal, 2),
    roundUsd(BigInt(outcome.largestBearers[0]!.amount.replace('.', ''))),
    rate(outcome.topTenShare, 1),
    count(Math.round(Number(outcome.effectiveNumber))),
    splitting.changes
      ? Number(splitting.after) < Number(splitting.before)
        ? 'pays less'
        : 'pays more'
      : 'the same',
    twoSteps.changes ? 'differs' : 'the same',
  ]);
  const [head, ...body] = table([
    [
      'method',
      'bear',
      'lose all',
      'highest rate',
      'largest haircut',
      'top ten',
      'as if',
      'split in two',
      'in two steps',
    ],
    ...rows,
  ]);
  line();
  line(`   ${bold(head!)}`);
  for (const row of body) line(`   ${row}`);
  done(
    `seven methods over the same losses in ${seconds(ms)}, by the allocator that settles; the pool's rule is pro rata`,
  );
  aside(
    '“As if” is the effective number of bearers, 1 ÷ HHI; “split in two” asks it of the largest account.',
  );
}

const PROOF = `query Proof($pool: String!, $ref: String!) { pool(name: $pool) { account(ref: $ref) {
  haircuts(last: 1) { edges { node { amount profit sequence proof { document } } } } } } }`;

/** One trader takes its proof and checks it with nothing else: no server, no database, no token. */
export async function proveOne(trader: Client, pool: string, { ref }: Trader): Promise<void> {
  const answer = await trader.ask(PROOF, { pool, ref });
  const script = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
  const verify = (notice: string) =>
    spawnSync(process.execPath, [script, 'verify', '-', '--json'], { encoding: 'utf8', input: notice });
  const notice = JSON.stringify(answer);
  const { status, stdout } = verify(notice);
  if (status !== 0) throw new Error(`The proof of ${ref} does not hold: ${stdout}`);
  const { results } = JSON.parse(stdout) as { results: { checks: string[] }[] };
  line();
  done(
    `${ref} keeps its proof (${(notice.length / 1024).toFixed(1)} KB) and checks it offline, with npm run verify:`,
  );
  for (const check of results[0]!.checks) aside(check);
  const forged = notice.replace(
    /(\\"amount\\":\\")(\d+)/,
    (_, key, amount) => `${key}${BigInt(amount) + 1n}`,
  );
  if (forged === notice || verify(forged).status !== 1) throw new Error('A forged proof was not refused.');
  done('the same proof with one millionth more is refused');
}
