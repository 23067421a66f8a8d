import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildClient } from '../../tools/builds/client.ts';
import { inRoot } from '../../tools/checks/check.ts';

const run = promisify(execFile);

/** Somebody's folder, elsewhere, with nothing in it but the client as npm packs and installs it. */
export interface Elsewhere {
  readonly path: string;
  /** Type-checks files as their author does, with nothing of ours but the package. */
  check(files: readonly string[], options?: Record<string, unknown>): Promise<void>;
  remove(): Promise<void>;
}

/** Builds, packs and installs the client, without a network: what it depends on is copied from here. */
export async function installClient(): Promise<Elsewhere> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'shearwater-elsewhere-')));
  const built = join(path, 'built');
  await buildClient(built);
  const npm = (args: readonly string[], cwd: string) =>
    run('npm', [...args, '--offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd });
  await npm(['pack', '--pack-destination', path], built);
  const packed = (await readdir(path)).find((name) => name.endsWith('.tgz'))!;
  await rm(built, { recursive: true });
  await cp(inRoot('node_modules/graphql-ws'), join(path, 'graphql-ws'), { recursive: true });
  const manifest = {
    name: 'elsewhere',
    type: 'module',
    private: true,
    dependencies: { '@shearwater/client': `file:${packed}`, 'graphql-ws': 'file:graphql-ws' },
  };
  await writeFile(join(path, 'package.json'), JSON.stringify(manifest));
  // graphql-ws wants graphql beside it for its servers: the client does not load it.
  await npm(['install', '--install-links', '--legacy-peer-deps', '--ignore-scripts'], path);
  return {
    path,
    async check(files, options = {}) {
      const compilerOptions = {
        ...{ target: 'es2022', lib: ['es2023', 'dom'], module: 'nodenext', strict: true, noEmit: true },
        ...{ types: [], allowImportingTsExtensions: true, ...options },
      };
      await writeFile(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
      const tsc = [inRoot('node_modules/typescript/bin/tsc'), '--pretty', 'false'];
      await run(process.execPath, tsc, { cwd: path }).catch((error: { stdout?: string }) => {
        throw new Error(error.stdout || String(error));
      });
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Lets a folder elsewhere use Node's own types, as @types/node gives them. */
export async function installNodeTypes({ path }: Elsewhere): Promise<void> {
  await mkdir(join(path, 'node_modules/@types'), { recursive: true });
  for (const name of ['@types/node', 'undici-types']) {
    await cp(inRoot(`node_modules/${name}`), join(path, 'node_modules', name), { recursive: true });
  }
}
