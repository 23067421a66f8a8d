import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildServer } from '../../tools/builds/server.ts';
import { inRoot } from '../../tools/checks/check.ts';

const run = promisify(execFile);

/** The package as npm packs it now. Answers the tarball, and the names of the files in it. */
export async function pack(folder: string): Promise<{ tarball: string; files: string[] }> {
  await buildServer();
  // Without scripts: `prepare` would build the console too, which is built already.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: inRoot('.'), maxBuffer: 2 ** 26 });
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  return { tarball: join(folder, packed!.filename), files: packed!.files.map(({ path }) => path) };
}

export interface Installed {
  /** Where somebody installed the package. */
  readonly folder: string;
  readonly bin: string;
  remove(): Promise<void>;
}

/**
 * The package in the node_modules of another folder, with what it depends on (and does not bundle) beside it, as npm puts it there: taken from
 * our own node_modules, so that no network is needed.
 */
export async function installPacked(): Promise<Installed & { files: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'shearwater-package-'));
  const { tarball, files } = await pack(folder);
  const modules = join(folder, 'node_modules');
  const target = join(modules, 'shearwater');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  const { dependencies, optionalDependencies, bundleDependencies } = JSON.parse(
    await readFile(join(target, 'package.json'), 'utf8'),
  );
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (bundleDependencies.includes(name) || !(await isThere(inRoot('node_modules', name)))) continue;
    const link = join(modules, name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(inRoot('node_modules', name), link);
  }
  return {
    folder,
    files,
    bin: join(target, 'bin', 'shearwater.js'),
    remove: () => rm(folder, { recursive: true }),
  };
}

const isThere = (folder: string): Promise<boolean> =>
  readdir(folder).then(
    () => true,
    () => false,
  );
