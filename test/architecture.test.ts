import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { toRun } from './support/documents.ts';

/** The rules of docs/architecture.md that imports and text show. */

const SRC = fileURLToPath(new URL('../src', import.meta.url));

const BELOW_GRAPHQL = ['core', 'margin', 'simulation', 'db', 'outbox', 'settlement', 'webhooks', 'auth'];
const BELOW_SERVER = [...BELOW_GRAPHQL, 'graphql'];

/** Every room, and the rooms that it may import. A file that lies in src itself is a room of its own name. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  margin: ['core'],
  simulation: ['core', 'margin'],
  db: ['core'],
  outbox: ['core', 'db'],
  settlement: ['core', 'margin', 'simulation', 'db', 'outbox'],
  webhooks: ['core', 'db', 'outbox', 'settlement'],
  auth: ['core'],
  graphql: BELOW_GRAPHQL,
  server: BELOW_SERVER,
  commands: [...BELOW_SERVER, 'server', 'client'],
  // The processes: the server's own, and the command line.
  main: ['commands'],
  cli: ['commands'],
  // Others install it: of the server it has what checks proofs.
  client: ['core'],
  // It runs in browsers: of the server it knows the public API alone, and checks proofs by the same code.
  console: ['core'],
};

/** Rooms that do no I/O, or that others install, and the packages that they may use. The other rooms may use any. */
const PACKAGES: Record<string, readonly string[]> = {
  core: [],
  margin: [],
  client: ['graphql-ws', '@noble/hashes', '@graphql-typed-document-node/core', 'node:fs', 'node:path'],
  console: [
    ...['react', 'react-dom', 'wouter', 'urql', 'graphql-ws', '@noble/hashes'],
    '@graphql-typed-document-node/core',
  ],
};

/** Longer than 300 lines, and why that is better than two files. */
const LONG: Record<string, string> = {};

/** Where a number may be made near money, and why it is none of the money. */
const NUMBERS: readonly { file: string; code: string; because: string }[] = [
  {
    file: 'core/largest-remainder.ts',
    code: 'Number(exact - share * denominator)',
    because: 'ranks remainders; equal ranks are compared exactly',
  },
  {
    file: 'core/largest-remainder.ts',
    code: 'Number(left)',
    because: 'how many atoms are left over: fewer than there are claims',
  },
  ...['Number(accountNo)', 'Number(accountNo)', 'Number(marketNo)'].map((code) => ({
    file: 'settlement/bearers.ts',
    code,
    because: 'the number of an account or a market',
  })),
  ...['Number(accountNo)', 'Number(accountNo)', 'Number(accountNo)', 'Number(marketNo)'].map((code) => ({
    file: 'settlement/book-reader.ts',
    code,
    because: 'the number of an account or a market',
  })),
  {
    file: 'core/proof/tree.ts',
    code: 'Number.parseInt(hashes[i]!.slice(0, 8), 16)',
    because: 'the first digits of a hash, to sort by',
  },
  {
    file: 'margin/book/approximate.ts',
    code: 'Number(value)',
    because: 'what a bound cannot decide by floats is decided by bigints',
  },
  { file: 'settlement/proofs.ts', code: 'Number(raw.k)', because: 'the place of a key among keys' },
  { file: 'settlement/totals.ts', code: 'Number(sums!.accounts)', because: 'a count of accounts' },
  { file: 'settlement/totals.ts', code: 'Number(sums!.profitable)', because: 'a count of accounts' },
];

interface Source {
  /** Relative to src, with forward slashes. */
  readonly file: string;
  readonly room: string;
  readonly generated: boolean;
  readonly text: string;
}

const sources: Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({
    file,
    room: file.split('/')[0]!.replace(/\.ts$/, ''),
    generated: file.includes('/generated/'),
    text: readFileSync(join(SRC, file), 'utf8'),
  }));

const IMPORT =
  /^(?:import|export)\s[^'"]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'|\brequire\(\s*'([^']+)'/gm;

/** The modules that a file names, in single quotes as the formatter writes them (generated files have double ones). */
function importsOf({ text }: Source): string[] {
  return [...text.replaceAll('"', "'").matchAll(IMPORT)].map(
    (match) => match.slice(1).find((name) => name !== undefined)!,
  );
}

/** Which room a relative import leads to. */
function roomOf({ file }: Source, specifier: string): string {
  const target = relative(SRC, join(SRC, dirname(file), specifier)).replaceAll('\\', '/');
  return target.split('/')[0]!.replace(/\.ts$/, '');
}

/** `import '@scope/name/deep'` names the package @scope/name. */
const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

const listed = (pick: (source: Source) => string[]): string[] => sources.flatMap(pick);

describe('imports', () => {
  test('are found in every way of writing them', () => {
    const text = [
      "import type { A } from './a.ts';",
      "import {\n  b,\n} from 'b';",
      "import './c.ts';",
      "export * from '../d.ts';",
      "const e = await import('node:e');",
      "type F = import('f').F;",
    ].join('\n');
    expect(importsOf({ file: '', room: '', generated: false, text })).toEqual([
      './a.ts',
      'b',
      './c.ts',
      '../d.ts',
      'node:e',
      'f',
    ]);
    expect(sources.length).toBeGreaterThan(20);
  });

  test('every room has its rule', () => {
    expect([...new Set(sources.map(({ room }) => room))].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });

  test('lead only to rooms below', () => {
    const wrong = listed((source) =>
      importsOf(source)
        .filter((name) => name.startsWith('.'))
        .map((name) => roomOf(source, name))
        .filter((room) => room !== source.room && !MAY_IMPORT[source.room]?.includes(room))
        .map((room) => `${source.file} imports ${room}`),
    );
    expect(wrong).toEqual([]);
  });

  test('rooms may import what the arrows of docs/architecture.md say, and nothing else', () => {
    const drawn = new Map<string, Set<string>>();
    const isRoom = (word: string) => word in MAY_IMPORT;
    for (const line of toRun('docs/architecture.md', 'indented').flatMap(({ text }) =>
      text.trim().split('\n'),
    )) {
      const [arrows, exceptions = ''] = line.split('(') as [string, string?];
      const steps = arrows.split('←').map((step) => step.match(/\w+/g)!);
      for (const word of steps.flat()) expect(isRoom(word), word).toBe(true);
      for (const [i, rooms] of steps.entries()) {
        for (const room of rooms) {
          const left = steps.slice(0, i).flat();
          drawn.set(room, new Set([...(drawn.get(room) ?? []), ...left]));
          for (const next of steps[i - 1] ?? [])
            expect(MAY_IMPORT[room], `${next} ← ${room}`).toContain(next);
        }
      }
      const [who, ...also] = (exceptions.match(/\w+/g) ?? []).filter(isRoom);
      for (const room of also) drawn.get(who!)!.add(room);
    }
    for (const [room, imports] of Object.entries(MAY_IMPORT))
      expect([...(drawn.get(room) ?? [])], room).toEqual(expect.arrayContaining([...imports]));
  });

  test('the rule has no circle', () => {
    const rooms = Object.keys(MAY_IMPORT);
    const reaches = (room: string): string[] => MAY_IMPORT[room]!.flatMap((next) => [next, ...reaches(next)]);
    expect(rooms.filter((room) => reaches(room).includes(room))).toEqual([]);
  });

  test('core and margin do no I/O, and client and console bring nothing but what is listed', () => {
    const wrong = listed((source) =>
      importsOf(source)
        .filter((name) => !name.startsWith('.'))
        .filter((name) => PACKAGES[source.room] && !PACKAGES[source.room]!.includes(packageOf(name)))
        .map((name) => `${source.file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('name files by their full name, as Node wants them', () => {
    expect(
      listed((source) => importsOf(source).filter((name) => /^\.(?!.*\.(tsx?|json)$)/.test(name))),
    ).toEqual([]);
  });
});

describe('text', () => {
  test('only the settings read the environment', () => {
    const readers = sources.filter(({ text }) =>
      /\bprocess\s*\.\s*env\b|\bprocess\s*\[|\benv\b[^;]*from 'node:process'/.test(text),
    );
    expect(readers.map(({ file }) => file).filter((file) => file !== 'server/settings.ts')).toEqual([]);
  });

  test('core and margin ask nobody for the time or for chance, and reach for nothing global', () => {
    const reaching =
      /\bDate\b|\bperformance\b|\bMath\.random\b|\bcrypto\b|\bfetch\(|\bprocess\b|\bsetTimeout\b|\bconsole\b/;
    const wrong = sources.filter(
      ({ room, text }) => (room === 'core' || room === 'margin') && reaching.test(code(text)),
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  test('no file is longer than 300 lines', () => {
    const long = sources.filter(
      ({ text, generated }) => !generated && text.trimEnd().split('\n').length > 300,
    );
    expect(long.map(({ file }) => file).sort()).toEqual(Object.keys(LONG).sort());
  });

  test('no money becomes a float', () => {
    const found = sources
      .filter(({ room }) => room === 'core' || room === 'margin' || room === 'settlement')
      .flatMap(({ file, text }) => [...code(text).matchAll(FLOAT)].map(([match]) => `${file}: ${match}`));
    expect(found.sort()).toEqual(NUMBERS.map(({ file, code }) => `${file}: ${code}`).sort());
  });
});

/** A conversion to a number, with its argument (one level of brackets in it), or a rounding of one. */
const FLOAT =
  /\b(?:Number(?:\.\w+)?|parseFloat|parseInt)\((?:[^()]|\([^()]*\))*\)|\.to(?:Fixed|Precision|Exponential)\(|\bMath\.(?:round|floor|ceil|trunc)\(/g;

/** A file without its comments. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}
