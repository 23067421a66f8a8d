import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from '../../src/graphql/turns.ts';

/** Work that says when it begins and ends, and takes a while. */
function recorder() {
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    for (let i = 0; i < 5; i++) await setImmediate();
    log.push(`${name} ends`);
    return name;
  };
  return { log, work };
}

test('one caller has one question at a time, in the order that it asked, and another has its own', async () => {
  const turns = new Turns();
  const { log, work } = recorder();
  const answers = await Promise.all([
    turns.take('ann', work('a1')),
    turns.take('ann', work('a2')),
    turns.take('bob', work('b1')),
  ]);
  expect(answers).toEqual(['a1', 'a2', 'b1']);
  expect(log.filter((line) => line.startsWith('a'))).toEqual([
    'a1 begins',
    'a1 ends',
    'a2 begins',
    'a2 ends',
  ]);
  expect(log.indexOf('b1 begins')).toBeLessThan(log.indexOf('a1 ends'));
});

test('what fails is told to who asked, and the next has its turn', async () => {
  const turns = new Turns();
  const failed = turns.take('ann', () => Promise.reject(new Error('no')));
  const next = turns.take('ann', async () => 1);
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe(1);
});

test('of one caller so many wait, and no more', async () => {
  const turns = new Turns();
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const waiting = Array.from({ length: 2_000 }, () => turns.take('ann', () => gate));
  await expect(turns.take('ann', () => gate)).rejects.toMatchObject({ extensions: { code: 'RATE_LIMITED' } });
  expect(await turns.take('bob', async () => 'in')).toBe('in');
  open();
  await Promise.all(waiting);
  expect(await turns.take('ann', async () => 'in')).toBe('in');
});
