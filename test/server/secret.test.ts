import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedSecret } from '../../src/server/secret.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shearwater-secret-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('is made once, also when several make it at once', async () => {
  const dataDir = join(folder, 'new');
  const secrets = await Promise.all(Array.from({ length: 20 }, () => embeddedSecret(dataDir)));
  expect(new Set(secrets).size).toBe(1);
  expect(secrets[0]).toMatch(/^[\w-]{64}$/);
  expect(await embeddedSecret(dataDir)).toBe(secrets[0]);
  expect(await readdir(dataDir)).toEqual(['jwt-secret']);
});

test('is readable by its owner only', async () => {
  await embeddedSecret(folder);
  expect((await stat(join(folder, 'jwt-secret'))).mode & 0o777).toBe(0o600);
});

test('is refused when somebody wrote a short one', async () => {
  await writeFile(join(folder, 'jwt-secret'), 'hunter2\n');
  await expect(embeddedSecret(folder)).rejects.toThrow('holds fewer than 32 bytes: remove it');
});
