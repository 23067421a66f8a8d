import type { Verdict } from '../core/proof/check.ts';
import { SHEET_FORMAT } from '../core/proof/format.ts';
import { PROOF_SHOWS_NOT } from '../core/proof/verify-proof.ts';
import { SHEET_SHOWS_NOT, verifySheet } from '../core/proof/verify-sheet.ts';
import { openApi, SERVER_OPTIONS } from './kit/access.ts';
import { defineCommand, EXIT, JSON_OPTION, type Options, type Values } from './kit/command.ts';
import { UsageError } from './kit/errors.ts';
import { print, printJson } from './kit/output.ts';
import { Progress } from './kit/progress.ts';
import { sha256, withSurroundings } from './verify/agree.ts';
import { findDocuments, formatOf, parseJson } from './verify/documents.ts';
import { linesOf, MAX_TEXT, named, unknown } from './verify/lines.ts';
import { openSheet } from './verify/sheet.ts';

const OPTIONS = {
  root: {
    type: 'string',
    value: 'HEX',
    help: 'the root of the settlement as you learned it elsewhere, to compare',
  },
  pool: {
    type: 'string',
    value: 'NAME',
    help: 'with --settlement: fetches the whole sheet from the server and checks it here',
  },
  settlement: { type: 'string', value: 'SEQUENCE', help: "the settlement's sequence" },
  ...JSON_OPTION,
  ...SERVER_OPTIONS,
} as const satisfies Options;

export const verify = defineCommand({
  name: 'verify',
  words: ['[FILE]'],
  summary: "checks a haircut's proof, or a whole settlement, by nothing but the file itself",
  about: `FILE is a proof document, a notice or haircut with one in it as GraphQL returned it, or a sheet; - reads it
from standard input. Ends with 0 where all holds, with 1 where something does not, and with 2 where
there was nothing to verify.`,
  options: OPTIONS,
  examples: [
    ['verify notice.json', 'what a trader was told, offline'],
    ['verify sheet.ndjson --root 2c26b4…', 'every haircut, every tie, and the root that was published'],
    ['verify --pool usd-perps --settlement 4711', 'the same, of the sheet that the server gives out'],
  ],
  async run({ options, words: [file] }) {
    const root = readRoot(options.root);
    const { what, verdicts, showsNot } = await find(file, root, options);
    const valid = verdicts.every(({ ok }) => ok);
    if (options.json) {
      const results = verdicts.map(({ ok, ...found }) => ({ valid: ok, ...found }));
      await printJson({ valid, what, results, showsNot });
    } else {
      for (const [i, verdict] of verdicts.entries()) {
        if (verdicts.length > 1) await print(`Document ${i + 1} of ${verdicts.length}:`);
        if (verdict.ok) for (const check of verdict.checks) await print(`ok: ${check}`);
        else for (const problem of verdict.problems) await print(`NOT VALID: ${problem}`);
      }
      if (valid) await print(['VALID, which does not show:', ...showsNot].join('\n  '));
    }
    return valid ? EXIT.FINE : EXIT.REFUSED;
  },
});

function readRoot(text: string | undefined): string | undefined {
  const root = text?.toLowerCase();
  if (root === undefined || /^[0-9a-f]{64}$/.test(root)) return root;
  throw new UsageError('--root must be the 64 hex digits of a root');
}

interface Found {
  readonly what: 'proofs' | 'sheet';
  readonly verdicts: readonly Verdict[];
  readonly showsNot: readonly string[];
}

async function find(
  file: string | undefined,
  root: string | undefined,
  options: Values<typeof OPTIONS>,
): Promise<Found> {
  const { pool, settlement } = options;
  if ((pool === undefined) !== (settlement === undefined))
    throw new UsageError('--pool and --settlement go together: which settlement, of which pool');
  if (file !== undefined && pool !== undefined)
    throw new UsageError('Name a file, or a settlement of a pool, not both');
  if (pool !== undefined) return fetchAndVerify(pool, settlement!, root, options);
  if (file === undefined)
    throw new UsageError('Name the file to verify, or - for standard input (see shearwater help verify)');
  return verifyFile(file, root);
}

async function fetchAndVerify(
  pool: string,
  settlement: string,
  root: string | undefined,
  options: Values<typeof OPTIONS>,
): Promise<Found> {
  if (!/^[1-9]\d{0,17}$/.test(settlement))
    throw new UsageError('--settlement must be a sequence, such as 4711');
  const progress = new Progress('Reading the sheet');
  const sheet = await openSheet(await openApi(options), pool, settlement);
  const lines = sheet.lines((count) => progress.show(null, `${count} lines`));
  // Without a root learned elsewhere, the one that the server tells everybody.
  const verdict = await verifySheet(lines, sha256, root ?? sheet.root);
  progress.end();
  return { what: 'sheet', verdicts: [verdict], showsNot: SHEET_SHOWS_NOT };
}

async function verifyFile(file: string, root: string | undefined): Promise<Found> {
  const lines = linesOf(file);
  const { value = '' } = await lines.next();
  const first = value.replace(/^\uFEFF/, '');
  if (formatOf(first) === SHEET_FORMAT) {
    const verdict = await verifySheet(resume(first, lines), sha256, root);
    return { what: 'sheet', verdicts: [verdict], showsNot: SHEET_SHOWS_NOT };
  }
  const text = [first];
  let length = first.length;
  for await (const line of lines) {
    text.push(line);
    length += line.length;
    if (length > MAX_TEXT) throw unknown(file);
  }
  const whole = text.join('\n');
  const json = parseJson(whole);
  if (json === undefined && /^\s*[{[]/.test(whole))
    throw new UsageError(`What is in ${named(file)} is no whole JSON: it breaks off, or was changed`);
  const found = findDocuments(json);
  if (found.length === 0) throw unknown(file);
  const verdicts = found.map(({ document, around }) => withSurroundings(document, around, root));
  return { what: 'proofs', verdicts, showsNot: PROOF_SHOWS_NOT };
}

async function* resume(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}
