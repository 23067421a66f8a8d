import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../peers', import.meta.url));

/** The peers bring a graphql of their own, so that they are a package of their own: installed when first needed, and when its lock changed. */
export function installPeers(): void {
  const lock = readFileSync(`${FOLDER}/package-lock.json`, 'utf8');
  const installed = `${FOLDER}/node_modules/.installed-lock`;
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  execFileSync('npm', ['ci', '--silent', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // Last, so that an install that was stopped half-way is made again.
  writeFileSync(installed, lock);
}
