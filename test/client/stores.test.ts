import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryKeys, webKeys, webStore } from '../../src/client/index.ts';
import { fileKeys, fileStore } from '../../src/client/node.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shearwater-stores-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** As localStorage is. */
function webStorage() {
  const items = new Map<string, string>();
  return {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
}

test.each([
  ['a file', () => fileStore(join(folder, 'cursor'))],
  ['web storage', () => webStore(webStorage(), 'cursor')],
] as const)('a cursor in %s is null at first, then what was saved last', async (_, make) => {
  const store = make();
  expect(await store.load()).toBeNull();
  await store.save('1@a');
  await store.save('2@b');
  expect(await store.load()).toBe('2@b');
});

test.each([
  ['memory', memoryKeys],
  ['a file', () => fileKeys(join(folder, 'keys.json'))],
  ['web storage', () => webKeys(webStorage())],
] as const)('keys in %s are found by their names, until they are deleted', async (_, make) => {
  const keys = make();
  expect(await keys.load('__proto__')).toBeNull();
  await Promise.all([keys.save('a', '1'), keys.save('b', '2'), keys.save('__proto__', '3')]);
  expect([await keys.load('a'), await keys.load('b'), await keys.load('c')]).toEqual(['1', '2', null]);
  await keys.delete('a');
  expect([await keys.load('a'), await keys.load('b')]).toEqual([null, '2']);
});

test('files are replaced as a whole, are for their owner alone, and survive the store', async () => {
  const file = join(folder, 'cursor');
  await fileStore(file).save('1@a');
  expect(await fileStore(file).load()).toBe('1@a');
  expect(await readdir(folder)).toEqual(['cursor']);
});

test('a file that cannot be read is an error, and not a beginning', async () => {
  const file = join(folder, 'keys.json');
  await writeFile(file, '{"a":');
  await expect(fileKeys(file).load('a')).rejects.toThrow(SyntaxError);
  await expect(fileStore(folder).load()).rejects.toThrow('EISDIR');
});
