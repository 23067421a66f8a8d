#!/usr/bin/env node
// Runs the command line on Node 24, which comes with the package, whatever Node the machine has: this file alone must do on any.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const MAJOR = '24';

const here = dirname(fileURLToPath(import.meta.url));
// A clone runs from its source; the package has nothing but what is compiled.
const source = join(here, '..', 'src', 'cli.ts');
const cli = existsSync(source) ? source : join(here, '..', 'dist', 'cli.js');

if (process.versions.node.split('.')[0] === MAJOR) await import(pathToFileURL(cli).href);
else runOn(findNode());

function findNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const program = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(program)) return program;
  } catch {
    // Not installed: as below.
  }
  console.error(
    `Shearwater runs on Node ${MAJOR}, and this is ${process.version}. The npm package "node", which brings it, is not installed: ` +
      `let npm run its install script (npm approve-scripts node, or npm rebuild node), or call this with Node ${MAJOR}.`,
  );
  process.exit(2);
}

function runOn(program) {
  const child = spawn(program, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches both of us from the terminal: passed on it would come twice.
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals)
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !hasTerminal) child.kill(signal);
    });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const each of signals) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}
