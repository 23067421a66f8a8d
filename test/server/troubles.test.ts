import { expect, it } from 'vitest';
import { Troubles } from '../../src/server/troubles.ts';

/** What fails again and again in the background fills no log. */

function watched() {
  const lines: [level: string, fields: Record<string, unknown>, text: string][] = [];
  const say = (level: string) => (fields: Record<string, unknown>, text: string) =>
    lines.push([level, fields, text]);
  const clock = { now: 1_000 };
  const log = { warn: say('warn'), error: say('error') } as never;
  return { lines, clock, troubles: new Troubles(log, () => clock.now) };
}
const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

it('is said at once, and then once a minute with how often it came', () => {
  const { lines, clock, troubles } = watched();
  const first = refused();
  troubles.error(first, 'reading the outbox');
  for (let i = 0; i < 119; i++) {
    clock.now += 500;
    troubles.error(refused(), 'reading the outbox');
  }
  expect(lines).toEqual([['error', { err: first }, 'failed reading the outbox']]);
  clock.now += 500;
  const last = refused();
  troubles.error(last, 'reading the outbox');
  expect(lines[1]).toEqual(['error', { err: last, repeated: 119 }, 'failed reading the outbox']);
  clock.now += 60_000;
  troubles.error(last, 'reading the outbox');
  expect(lines[2]).toEqual(['error', { err: last }, 'failed reading the outbox']);
});

it('hides nothing else: another thing that fails, or the same for another reason', () => {
  const { lines, troubles } = watched();
  troubles.error(refused(), 'reading the outbox');
  troubles.error(new Error('relation "outbox" does not exist'), 'reading the outbox');
  troubles.warn(refused(), 'asking the replica');
  troubles.error('thrown as text', 'halting a pool');
  troubles.error(undefined, 'halting a pool');
  troubles.error(refused(), 'reading the outbox');
  expect(lines.map(([level, , text]) => `${level} ${text}`)).toEqual([
    'error failed reading the outbox',
    'error failed reading the outbox',
    'warn failed asking the replica',
    'error failed halting a pool',
    'error failed halting a pool',
  ]);
});

it('remembers so many kinds and no more', () => {
  const { lines, troubles } = watched();
  for (let i = 0; i < 1_000; i++) troubles.error(new Error(`reason ${i}`), 'polling');
  troubles.error(new Error('reason 999'), 'polling');
  expect(lines).toHaveLength(1_000);
  troubles.error(new Error('reason 0'), 'polling');
  expect(lines).toHaveLength(1_001);
});
