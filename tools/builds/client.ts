import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { inRoot } from '../checks/check.ts';

/** The package @shearwater/client: src/client with what it has of src/core and SHA-256, bundled, and its types. */
export async function buildClient(out = inRoot('dist/npm-client')): Promise<void> {
  await build({
    configFile: false,
    root: inRoot('src/client'),
    logLevel: 'warn',
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2022',
      // Whoever installs it reads it, and bundles it again.
      minify: false,
      lib: { entry: { index: 'index.ts', node: 'node.ts' }, formats: ['es'] },
      rollupOptions: { external: [/^graphql-ws/, /^node:/] },
    },
  });
  await promisify(execFile)(process.execPath, [
    inRoot('node_modules/typescript/bin/tsc'),
    ...['--project', inRoot('src/client'), '--outDir', join(out, 'types')],
  ]);
  await mendTypes(join(out, 'types'));
  for (const name of ['package.json', 'README.md']) {
    await copyFile(inRoot(`src/client/${name}`), join(out, name));
  }
  await copyFile(inRoot('LICENSE'), join(out, 'LICENSE'));
}

/** Of a package that nobody has who installs the client, the generated types name one interface. */
const STRANGER =
  /^import type \{ DocumentTypeDecoration \} from ['"]@graphql-typed-document-node\/core['"];$/m;
const WRITTEN_OUT =
  'interface DocumentTypeDecoration<Result, Variables> {\n    __apiType?: (variables: Variables) => Result;\n}';

/** Types that need no other package, and name files as they are called here. */
async function mendTypes(folder: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  for (const name of names) {
    const file = join(folder, name);
    const text = (await readFile(file, 'utf8'))
      .replace(STRANGER, WRITTEN_OUT)
      .replace(/(['"])(\.{1,2}\/[^'"]*)\.ts\1/g, '$1$2.js$1');
    const [, other] = /(?:from|import\()\s*['"]([^.'"][^'"]*)['"]/.exec(text) ?? [];
    if (other)
      throw new Error(`${name} names the types of ${other}, which who installs the client does not have`);
    await writeFile(file, text);
  }
}
