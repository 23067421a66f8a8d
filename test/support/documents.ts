import { readdirSync, readFileSync } from 'node:fs';
import { inRoot } from '../../tools/checks/check.ts';

/** What the documents show, and who runs it. */

export interface Block {
  readonly file: string;
  /** Of its first line. */
  readonly line: number;
  /** What stands behind the fence, '' where nothing does; `indented` of a block without fences. */
  readonly kind: string;
  readonly text: string;
}

/** All documents that people read: docs/api.md has no blocks, for it is made of the schema. */
export function documents(): string[] {
  const inDocs = readdirSync(inRoot('docs'), { recursive: true, encoding: 'utf8' });
  return [
    ...['README.md', 'SECURITY.md', 'CHANGELOG.md', 'src/client/README.md'],
    ...inDocs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ].toSorted();
}

/** The blocks of a document, fenced or indented, also those in a list. */
export function blocksOf(file: string): Block[] {
  const lines = readFileSync(inRoot(file), 'utf8').split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = /^( *)```(.*)$/.exec(lines[at]!);
    if (fence) {
      const [, margin, kind] = fence as unknown as [string, string, string];
      const end = lines.indexOf(`${margin}\`\`\``, at + 1);
      if (end < 0) throw new Error(`${file}:${at + 1}: a block that does not end`);
      const text = lines.slice(at + 1, end).map((line) => `${line.slice(margin.length)}\n`);
      blocks.push({ file, line: at + 2, kind: kind.trim(), text: text.join('') });
      at = end;
    } else if (/^ {4,}\S/.test(lines[at]!) && lines[at - 1] === '') {
      let end = at;
      while (/^ {4}|^$/.test(lines[end] ?? 'x')) end++;
      const text = lines
        .slice(at, end)
        .map((line) => line.trim())
        .join('\n');
      blocks.push({ file, line: at + 1, kind: 'indented', text: `${text.trim()}\n` });
      at = end - 1;
    }
  }
  return blocks;
}

const FORMULAS = 'docs/formulas.test.ts';
const GRAPHQL = 'docs/graphql.test.ts';
const SHELL = 'docs/shell.test.ts';
const TYPESCRIPT = 'docs/typescript.test.ts';
const RESTORE = 'debian/restore.test.ts';
const PROOFS = 'core/proof-docs.test.ts';
const WEBHOOKS = 'webhooks/docs.test.ts';

/** Of each document and kind of block the test that runs all of them: a new document, or a new kind, belongs here. */
export const RUN_BY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { sh: SHELL, json: SHELL, js: TYPESCRIPT, graphql: GRAPHQL },
  'src/client/README.md': { js: TYPESCRIPT },
  'docs/architecture.md': { indented: 'architecture.test.ts' },
  'docs/backup.md': { ini: RESTORE, sh: RESTORE, sql: RESTORE },
  'docs/cli.md': { sh: 'commands/docs.test.ts' },
  'docs/concepts.md': { graphql: GRAPHQL, json: GRAPHQL },
  'docs/getting-started.md': { sh: SHELL, graphql: GRAPHQL, json: GRAPHQL },
  'docs/integrators.md': { ts: TYPESCRIPT, text: TYPESCRIPT },
  'docs/margin.md': { indented: FORMULAS },
  'docs/operation.md': { sh: SHELL, sql: 'server/metrics.test.ts' },
  'docs/proofs.md': { sh: PROOFS, text: PROOFS, json: PROOFS, jsonl: PROOFS },
  'docs/quant.md': { indented: FORMULAS },
  'docs/quants.md': { graphql: GRAPHQL, json: GRAPHQL },
  'docs/scaling.md': { graphql: GRAPHQL, sh: 'debian/replica.test.ts' },
  'docs/traders.md': { ts: TYPESCRIPT, text: TYPESCRIPT, graphql: TYPESCRIPT },
  'docs/webhooks.md': { graphql: WEBHOOKS, js: WEBHOOKS },
};

/** What no test runs where it stands, by how the line of a shell's block, or else the block, begins; and why. */
export const NOT_RUN: readonly {
  readonly file: string;
  readonly begins: string;
  readonly because: string;
}[] = [
  {
    file: 'README.md',
    begins: 'npm ci && npm run demo',
    because: 'it would pull the ground away under the tests; demo/demo.test.ts plays the demo',
  },
  { file: 'README.md', begins: 'npm test', because: 'this is it' },
  { file: 'README.md', begins: 'npm start', because: 'commands/start.test.ts starts it' },
  {
    file: 'docs/getting-started.md',
    begins: 'npm ci',
    because: 'it would pull the ground away under the tests',
  },
  { file: 'docs/getting-started.md', begins: 'npm start', because: 'commands/start.test.ts starts it' },
  { file: 'docs/operation.md', begins: 'npm ci', because: 'it would pull the ground away under the tests' },
  {
    file: 'docs/operation.md',
    begins: 'docker build',
    because:
      "there is no Docker where tests run; debian/image.test.ts carries out the Dockerfile's steps, and its command with these settings",
  },
  {
    file: 'docs/margin.md',
    begins: 'npm run bench',
    because: 'it takes minutes, and measures; docs/benchmarks.md has what it came to',
  },
  {
    file: 'docs/cli.md',
    begins: 'npx shearwater serve',
    because: 'commands/package.test.ts starts it',
  },
  {
    file: 'docs/cli.md',
    begins: 'npx shearwater doctor',
    because: 'what it says is about the whole machine; commands/doctor.test.ts runs it on one that is known',
  },
  {
    file: 'docs/architecture.md',
    begins: '                 integrators ',
    because: 'a picture',
  },
];

const notRunOf = (file: string, text: string) =>
  NOT_RUN.find((each) => each.file === file && text.startsWith(each.begins));

/** Blocks of a document that are to be run; of a shell's, the lines that are. */
export function toRun(file: string, kind: string): Block[] {
  return blocksOf(file)
    .filter((block) => block.kind === kind)
    .map((block) =>
      kind === 'sh'
        ? { ...block, text: block.text.replaceAll(/^.*\n/gm, (line) => (notRunOf(file, line) ? '' : line)) }
        : block,
    )
    .filter(({ text }) => text.trim() !== '' && !notRunOf(file, text));
}
