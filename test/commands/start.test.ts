import { spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { newDataFolder, removeDataFolder } from '../support/folder.ts';
import { pause } from '../support/listen.ts';
import { quietPort } from '../support/port.ts';

/** `npm start` under a supervisor: the signal that npm gets must reach the server, which then drains. */

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

it('drains when npm is told to stop', async () => {
  const dataDir = await newDataFolder(process.pid);
  undo.push(() => removeDataFolder(dataDir));
  const port = await quietPort();
  const child = spawn('npm', ['start'], {
    env: { ...process.env, DATA_DIR: dataDir, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null))?.ok ?? false;
  while (!(await isReady())) await pause(100);

  child.kill('SIGTERM');
  await exited;
  // npm may be gone a moment before the server has drained.
  for (let tries = 0; tries < 100 && !output.includes('embedded PostgreSQL stopped'); tries++)
    await pause(100);
  expect(output).toContain('SIGTERM: finishing what is under way');
  expect(output).toContain('embedded PostgreSQL stopped');
  expect(await isReady()).toBe(false);
}, 60_000);
