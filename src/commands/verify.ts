import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { canonicalDecimal } from '../core/decimal.ts';
import { printer, type Verdict } from '../core/proof/check.ts';
import { PROOF_FORMAT, type Proof, SHEET_FORMAT } from '../core/proof/format.ts';
import { parseProof } from '../core/proof/parse.ts';
import { PROOF_SHOWS_NOT, verifyProof } from '../core/proof/verify-proof.ts';
import { SHEET_SHOWS_NOT, verifySheet } from '../core/proof/verify-sheet.ts';
import { runCommand, UsageError } from './report.ts';

const HELP = `Verifies a haircut's proof, or the sheet of a whole settlement, by nothing but the file itself.

  npm run --silent verify -- FILE

  FILE        a proof document, a notice or haircut with one in it as GraphQL returned it, or a sheet;
              - reads it from standard input
  --root HEX  the root of the settlement as you learned it elsewhere, to compare
  --json      prints one JSON object
  --help      this text

Ends with 0 where all holds, with 1 where something does not, and with 2 where there was nothing to verify.`;

/** Longer than a proof or a line of a sheet can be. */
const MAX_TEXT = 2 ** 26;

/** Deeper than any answer of GraphQL nests. */
const MAX_DEPTH = 100;

const sha256 = (text: string): string => hash('sha256', text, 'hex');

await runCommand(async () => {
  const request = readRequest(process.argv.slice(2));
  if (request === 'help') {
    console.log(HELP);
    return;
  }
  const { what, verdicts, showsNot } = await verify(request);
  const valid = verdicts.every(({ ok }) => ok);
  if (request.json) {
    const results = verdicts.map(({ ok, ...found }) => ({ valid: ok, ...found }));
    console.log(JSON.stringify({ valid, what, results, showsNot }));
  } else {
    for (const [i, verdict] of verdicts.entries()) {
      if (verdicts.length > 1) console.log(`Document ${i + 1} of ${verdicts.length}:`);
      if (verdict.ok) for (const check of verdict.checks) console.log(`ok: ${check}`);
      else for (const problem of verdict.problems) console.log(`NOT VALID: ${problem}`);
    }
    if (valid) console.log(['VALID, which does not show:', ...showsNot].join('\n  '));
  }
  if (!valid) process.exitCode = 1;
});

interface Request {
  readonly file: string;
  readonly json: boolean;
  readonly root: string | undefined;
}

function readRequest(args: string[]): Request | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [file, stray] = positionals;
  if (!file) throw new UsageError('Name the file to verify, or - for standard input (see --help)');
  if (stray !== undefined) throw new UsageError(`Unexpected argument '${stray}': name one file (see --help)`);
  const root = values.root?.toLowerCase();
  if (root !== undefined && !/^[0-9a-f]{64}$/.test(root)) {
    throw new UsageError('--root must be the 64 hex digits of a root');
  }
  return { file, json: values.json ?? false, root };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        root: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const [firstLine] = (error as Error).message.split('\n');
    throw new UsageError(`${firstLine} (see --help)`);
  }
}

interface Found {
  readonly what: 'proofs' | 'sheet';
  readonly verdicts: readonly Verdict[];
  readonly showsNot: readonly string[];
}

async function verify({ file, root }: Request): Promise<Found> {
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

function unknown(file: string): UsageError {
  return new UsageError(`There is neither a haircut's proof nor a sheet in ${named(file)}`);
}

function named(file: string): string {
  return file === '-' ? 'standard input' : file;
}

async function* resume(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

/** The file by lines, as it is read: a sheet may be larger than memory. */
async function* linesOf(file: string): AsyncGenerator<string, undefined> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  stream.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      yield* lines;
      if (rest.length > MAX_TEXT) throw unknown(file);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = (error as Error).message.split(',')[0];
    throw new UsageError(`Cannot read ${named(file)}: ${reason}`);
  }
  if (rest !== '') yield rest;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function formatOf(text: unknown): unknown {
  const value = typeof text === 'string' ? parseJson(text) : text;
  return isObject(value) ? value.format : undefined;
}

interface FoundDocument {
  readonly document: unknown;
  /** The objects that it was found in which speak of the same haircut: proof, haircut, notice. */
  readonly around: readonly Fields[];
}

/** The document itself, or each that stands as a text under `document` anywhere in what GraphQL returned. */
function findDocuments(value: unknown, depth = 0, around: readonly Fields[] = []): FoundDocument[] {
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item) => findDocuments(item, depth + 1));
  if (!isObject(value)) return [];
  if (value.format === PROOF_FORMAT) return [{ document: value, around: [] }];
  return Object.entries(value).flatMap(([key, field]) => {
    const here = [value, ...around];
    if (key === 'document' && formatOf(field) === PROOF_FORMAT) {
      return [{ document: parseJson(field as string), around: here }];
    }
    return findDocuments(field, depth + 1, key === 'proof' || key === 'haircut' ? here : []);
  });
}

function withSurroundings(document: unknown, around: readonly Fields[], root: string | undefined): Verdict {
  const verdict = verifyProof(document, sha256, root);
  const parsed = parseProof(document);
  if ('problem' in parsed) return verdict;
  const problems = [...new Set(around.flatMap((fields) => disagreements(fields, parsed.value)))];
  if (problems.length > 0)
    return { ok: false, problems: [...(verdict.ok ? [] : verdict.problems), ...problems] };
  if (!verdict.ok || around.length === 0) return verdict;
  return { ok: true, checks: [...verdict.checks, 'What stands around the document agrees with it.'] };
}

/** Where what a haircut, its notice or its settlement says of itself is not what the document says. */
function disagreements(fields: Fields, proof: Proof): string[] {
  const { kind, amount, profit, cap, sequence, account, commitment, haircut, settlement } = fields;
  // A notice that something is given back has a sequence and an amount of its own.
  if (typeof kind === 'string' && kind !== 'HAIRCUT') {
    return isObject(haircut) ? disagreements(haircut, proof) : [];
  }
  const problems: string[] = [];
  const compare = (what: string, told: unknown, proven: string): void => {
    if (typeof told === 'string' && told !== proven) {
      problems.push(`The ${what} beside the document is ${told}, and the document's is ${proven}.`);
    }
  };
  const print = printer(proof.decimals);
  const compareAmount = (what: string, told: unknown, proven: bigint): void => {
    const same = typeof told === 'string' && canonicalDecimal(told) === canonicalDecimal(print(proven));
    if (!same) compare(what, told, print(proven));
  };
  // A notice tells by how much the balance changed.
  const isNotice = 'haircut' in fields || 'kind' in fields || 'cursor' in fields;
  compareAmount('amount', amount, isNotice ? -proof.amount : proof.amount);
  compareAmount('profit', profit, proof.profit);
  compareAmount('cap', cap, proof.cap);
  compare('sequence', sequence, proof.sequence.toString());
  if (isObject(account)) compare('account', account.ref, proof.account);
  if (isObject(commitment)) compare('root', commitment.root, proof.commitment.root);
  if (isObject(settlement)) {
    compare("settlement's sequence", settlement.sequence, proof.sequence.toString());
    if (isObject(settlement.commitment)) compare('root', settlement.commitment.root, proof.commitment.root);
  }
  return isObject(haircut) ? [...problems, ...disagreements(haircut, proof)] : problems;
}
