import { describe, expect, test } from 'vitest';
import { Refusal, ShearwaterError } from '../../src/client/errors.ts';
import { backoffMs, untilDone, type World } from '../../src/client/retry.ts';

const broken = new ShearwaterError('UNREACHABLE', 'gone');
const busy = new Refusal('CONFLICT_RETRY', 'busy', null);
const limited = new ShearwaterError('RATE_LIMITED', 'slowly', { retryAfterSeconds: 7 });

describe('backoff', () => {
  test('doubles to ten seconds, with half of it left to chance', () => {
    const at = (tries: number, chance: number) => backoffMs(tries, broken, () => chance);
    expect([at(0, 0), at(1, 0), at(2, 0), at(7, 0), at(1_000, 0)]).toEqual([50, 100, 200, 5_000, 5_000]);
    expect([at(0, 1), at(1, 1), at(2, 1), at(7, 1), at(1_000, 1)]).toEqual([100, 200, 400, 10_000, 10_000]);
  });

  test('is no shorter than the server asks for', () => {
    expect(backoffMs(0, limited, () => 0)).toBe(7_000);
  });
});

/** Fails with each of these in turn, then succeeds; time passes by sleeping alone. */
async function run(failures: readonly Error[], mayRepeat: boolean, withinMs = 60_000) {
  let now = 0;
  const waits: number[] = [];
  const world: World = {
    random: () => 1,
    now: () => now,
    sleep: async (ms) => {
      waits.push(ms);
      now += ms;
    },
  };
  const left = [...failures];
  const told: Error[] = [];
  const work = async () => {
    const failure = left.shift();
    if (failure) throw failure;
    return 'done';
  };
  const result = await untilDone(work, {
    ...{ mayRepeat, withinMs, world },
    onRetry: (error) => void told.push(error),
  }).catch((error: Error) => error);
  return { result, waits, told };
}

describe('what is tried again', () => {
  test('what may be repeated, after a failure that passes', async () => {
    expect(await run([broken, broken, limited], true)).toEqual({
      result: 'done',
      waits: [100, 200, 7_000],
      told: [broken, broken, limited],
    });
  });

  test('what may not be, where the server says that it did nothing', async () => {
    expect((await run([busy, limited], false)).result).toBe('done');
    expect((await run([broken], false)).result).toBe(broken);
  });

  test('nothing that fails for good', async () => {
    const refusal = new Refusal('NOT_FOUND', 'no', null);
    const forbidden = new ShearwaterError('FORBIDDEN', 'no');
    expect((await run([refusal], true)).result).toBe(refusal);
    expect((await run([forbidden], true)).result).toBe(forbidden);
  });

  test('no longer than the time that there is: it fails as the last try did', async () => {
    const { result, waits } = await run(Array(50).fill(broken), true, 1_000);
    expect(result).toBe(broken);
    expect(waits).toEqual([100, 200, 400]);
  });
});
