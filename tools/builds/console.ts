import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const OUT = fromRoot('dist/console');

/** The console: src/console, bundled, with each file compressed as far as it goes, once. */
export async function buildConsole(): Promise<void> {
  await build({
    configFile: false,
    root: fromRoot('src/console'),
    logLevel: 'warn',
    // In JSX the packages of the console are compiled to what they are in production, whatever NODE_ENV the shell has.
    mode: 'production',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: OUT,
      emptyOutDir: true,
      target: 'es2022',
      // Both would be scripts and images that the page's policy keeps out.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
    },
  });
  const names = await readdir(OUT, { recursive: true });
  await Promise.all(names.filter((name) => /\.(?:html|js|css|svg)$/.test(name)).map(compress));
}

async function compress(name: string): Promise<void> {
  const file = join(OUT, name);
  const bytes = await readFile(file);
  const hard = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, hard));
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }));
}
