import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  afterSequence,
  formatCursor,
  historyMark,
  isAfter,
  type Position,
  parseAfter,
} from '../../src/outbox/notice.ts';
import { QUEUE_LIMIT, StalledSubscriber, Subscriber } from '../../src/outbox/subscriber.ts';
import { eventually, within } from '../support/eventually.ts';

interface Note {
  readonly position: Position;
}

const note = (sequence: number): Note => ({ position: { sequence: BigInt(sequence), ordinal: 0 } });
const numbers = (notes: readonly Note[]): number[] => notes.map(({ position }) => Number(position.sequence));
const oneTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

/** A database of notes 1 to `committed`, whose reads a test can hold up. */
class Source {
  committed = 0;
  reads: number[] = [];
  /** Runs while a read is under way: after the database has answered, before the reader has the answer. */
  during: (() => void) | null = null;
  failure: Error | null = null;

  read = async (after: Position, limit: number): Promise<Note[]> => {
    this.reads.push(Number(after.sequence));
    const from = Number(after.sequence);
    const rows = oneTo(Math.min(limit, Math.max(0, this.committed - from))).map((i) => note(from + i));
    const { during, failure } = this;
    this.during = null;
    await Promise.resolve();
    during?.();
    if (failure) throw failure;
    return rows;
  };
}

function reader(
  source: Source,
  options: { after?: number; onEnd?: () => void; onStalled?: (reason: string) => void } = {},
) {
  const { after = 0, onEnd = () => {}, onStalled = () => {} } = options;
  return new Subscriber<Note>({
    after: afterSequence(BigInt(after)),
    read: source.read,
    onEnd,
    onStalled,
  });
}

/** So many notices, or those before the first that does not come. */
async function take(subscriber: Subscriber<Note>, count: number): Promise<number[]> {
  const notes: Note[] = [];
  while (notes.length < count) {
    const result = await within('the next notice', subscriber.next(), 2_000).catch((error: Error) => {
      if (error.message.startsWith('not within')) return null;
      throw error;
    });
    if (!result || result.done) break;
    notes.push(result.value);
  }
  return numbers(notes);
}

/** What is wrong with notes that should be 1 to n: short, where a diff of thousands of lines is not. */
function faults(heard: readonly number[], n: number): string[] {
  const expected = oneTo(n);
  const wrong = heard.findIndex((number, i) => number !== expected[i]);
  if (wrong >= 0) return [`at ${wrong + 1} came ${heard[wrong]}; ${heard.length} of ${n} in all`];
  return heard.length === n ? [] : [`${heard.length} of ${n}`];
}

describe('a subscriber', () => {
  it('replays what was committed, then hands over what is pushed, and drops what it has already', async () => {
    const source = new Source();
    source.committed = 3;
    const subscriber = reader(source, { after: 1 });
    expect(await take(subscriber, 2)).toEqual([2, 3]);
    const next = subscriber.next();
    await new Promise((resolve) => setImmediate(resolve));
    subscriber.push([note(2), note(3), note(4)]);
    expect((await next).value.position.sequence).toBe(4n);
    subscriber.push([note(4), note(5)]);
    expect(await take(subscriber, 1)).toEqual([5]);
  });

  it('has each notice once although it is pushed while the replay reads it', async () => {
    const source = new Source();
    source.committed = 10;
    const subscriber = reader(source);
    source.during = () => {
      source.committed = 12;
      subscriber.push([note(9), note(10), note(11), note(12)]);
    };
    expect(await take(subscriber, 12)).toEqual(oneTo(12));
  });

  it('misses nothing of a long backlog when something is pushed while its first page is read', async () => {
    const source = new Source();
    source.committed = 1_700;
    const subscriber = reader(source);
    source.during = () => {
      source.committed = 1_701;
      subscriber.push([note(1_701)]);
    };
    expect(faults(await take(subscriber, 1_701), 1_701)).toEqual([]);
  });

  it('keeps at most QUEUE_LIMIT notices in memory, then reads what it dropped from the database', async () => {
    const source = new Source();
    const subscriber = reader(source);
    const first = subscriber.next();
    await eventually('waiting', () => source.reads.length >= 1);
    for (let i = 1; i <= QUEUE_LIMIT + 500; i++) {
      source.committed = i;
      subscriber.push([note(i)]);
    }
    expect((await first).value.position.sequence).toBe(1n);
    expect(faults([1, ...(await take(subscriber, QUEUE_LIMIT + 499))], QUEUE_LIMIT + 500)).toEqual([]);
    expect(source.reads.length).toBeGreaterThan(1);
  });

  it('has each notice once, in order, however pushes, hints, reads and takes interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            commit: fc.integer({ min: 0, max: 700 }),
            how: fc.constantFrom('push', 'hint', 'push in halves', 'late push'),
            duringRead: fc.boolean(),
            take: fc.integer({ min: 0, max: 600 }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        async (steps) => {
          const source = new Source();
          const subscriber = reader(source);
          const heard: number[] = [];
          let late: Note[] = [];
          for (const { commit, how, duringRead, take: count } of steps) {
            const act = () => {
              subscriber.push(late);
              late = [];
              const added = oneTo(commit).map((i) => note(source.committed + i));
              source.committed += commit;
              if (how === 'push') subscriber.push(added);
              else if (how === 'hint') subscriber.hint();
              else if (how === 'late push') late = added;
              else {
                subscriber.push(added.slice(0, commit / 2));
                subscriber.push(added.slice(commit / 2));
              }
            };
            if (duringRead && !source.during) source.during = act;
            else act();
            // What was committed but not announced yet is nobody's to have.
            const pending = source.committed - heard.length - late.length;
            heard.push(...(await take(subscriber, Math.min(count, Math.max(0, pending)))));
          }
          source.during?.();
          source.during = null;
          subscriber.push(late);
          // What polling does in the end.
          if (heard.length < source.committed) subscriber.hint();
          heard.push(...(await take(subscriber, source.committed - heard.length)));
          expect(faults(heard, source.committed)).toEqual([]);
        },
      ),
      { numRuns: 100, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    );
  }, 60_000);

  it('is not ended while it waits for notices, or while it takes them', async () => {
    const source = new Source();
    const onStalled = vi.fn();
    const subscriber = reader(source, { onStalled });
    const pending = subscriber.next();
    subscriber.endIfStalled(performance.now() + 1e9, 1_000);
    source.committed = 2;
    subscriber.hint();
    expect((await pending).value.position.sequence).toBe(1n);
    subscriber.endIfStalled(performance.now() + 500, 1_000);
    expect(await take(subscriber, 1)).toEqual([2]);
    expect(onStalled).not.toHaveBeenCalled();
  });

  it('is ended with a reason, once, when notices wait and it takes none for longer than its patience', async () => {
    const source = new Source();
    source.committed = 5;
    const onEnd = vi.fn();
    const onStalled = vi.fn();
    const subscriber = reader(source, { onEnd, onStalled });
    await take(subscriber, 1);
    subscriber.endIfStalled(performance.now() + 1_001, 1_000);
    subscriber.endIfStalled(performance.now() + 5_001, 1_000);
    expect(onStalled).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/too slow.*resume/));
    expect(onEnd).toHaveBeenCalledOnce();
    await expect(subscriber.next()).rejects.toThrow(StalledSubscriber);
    expect(await subscriber.next()).toEqual({ done: true, value: undefined });
  });

  it('is not ended for slowness when all that it was handed was all there is', async () => {
    const source = new Source();
    source.committed = 1;
    const onStalled = vi.fn();
    const subscriber = reader(source, { onStalled });
    await take(subscriber, 1);
    subscriber.endIfStalled(performance.now() + 1e9, 1_000);
    expect(onStalled).not.toHaveBeenCalled();
  });

  it('releases everything on return(), also while a next() is pending', async () => {
    const source = new Source();
    const onEnd = vi.fn();
    const subscriber = reader(source, { onEnd });
    const pending = subscriber.next();
    await eventually('waiting', () => source.reads.length >= 1);
    expect(await subscriber.return()).toEqual({ done: true, value: undefined });
    expect(await within('the pending next()', pending, 1_000)).toEqual({ done: true, value: undefined });
    await subscriber.return();
    expect(onEnd).toHaveBeenCalledOnce();
    subscriber.push([note(1)]);
    subscriber.hint();
    expect(await subscriber.next()).toEqual({ done: true, value: undefined });
  });

  it('does not go on when it is returned while it reads', async () => {
    const source = new Source();
    source.committed = 3;
    const subscriber = reader(source);
    source.during = () => void subscriber.return();
    expect((await subscriber.next()).done).toBe(true);
  });

  it('ends, released, with the error of a failed read', async () => {
    const source = new Source();
    source.failure = new Error('the connection is gone');
    const onEnd = vi.fn();
    const subscriber = reader(source, { onEnd });
    await expect(subscriber.next()).rejects.toThrow('the connection is gone');
    expect(onEnd).toHaveBeenCalledOnce();
    expect((await subscriber.next()).done).toBe(true);
  });

  it('fails at its time, not before, and not after it was returned', async () => {
    vi.useFakeTimers();
    try {
      const subscriber = reader(new Source());
      subscriber.failAt(Date.now() + 60_000, new Error('expired'));
      let outcome = 'pending';
      subscriber.next().then(
        () => (outcome = 'value'),
        (error: Error) => (outcome = error.message),
      );
      await vi.advanceTimersByTimeAsync(59_000);
      expect(outcome).toBe('pending');
      await vi.advanceTimersByTimeAsync(2_000);
      expect(outcome).toBe('expired');

      const returned = reader(new Source());
      returned.failAt(Date.now() + 60_000, new Error('expired'));
      await returned.return();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('holds a time that is further away than a timer reaches, and fails at once for one that has passed', async () => {
    vi.useFakeTimers();
    try {
      const days = 24 * 3_600_000;
      const subscriber = reader(new Source());
      subscriber.failAt(Date.now() + 100 * days, new Error('expired'));
      let outcome = 'pending';
      subscriber.next().catch((error: Error) => (outcome = error.message));
      await vi.advanceTimersByTimeAsync(99 * days);
      expect(outcome).toBe('pending');
      await vi.advanceTimersByTimeAsync(2 * days);
      expect(outcome).toBe('expired');

      const late = reader(new Source());
      late.failAt(Date.now() - 5_000, new Error('expired'));
      const next = expect(late.next()).rejects.toThrow('expired');
      await vi.advanceTimersByTimeAsync(10);
      await next;
    } finally {
      vi.useRealTimers();
    }
  });
});

const COMMITTED_AT = '2025-10-10 21:00:00.123456+00';

describe('a cursor', () => {
  it('of a version before it told histories apart still names its place', () => {
    expect(parseAfter(Buffer.from('n7.2').toString('base64url'))).toEqual({
      sequence: 7n,
      ordinal: 2,
      history: null,
    });
  });

  it('comes back as it was, and is never mistaken for a sequence', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), fc.nat(2 ** 31 - 1), (sequence, ordinal) => {
        const cursor = formatCursor({ sequence, ordinal }, COMMITTED_AT);
        expect(parseAfter(cursor)).toEqual({ sequence, ordinal, history: historyMark(COMMITTED_AT) });
        expect(cursor).not.toMatch(/^\d+$/);
      }),
    );
  });

  it('orders by sequence, then by ordinal; a plain sequence stands past all of its notices', () => {
    const at = (sequence: bigint, ordinal: number): Position => ({ sequence, ordinal });
    expect(isAfter(at(2n, 1), at(1n, 9))).toBe(true);
    expect(isAfter(at(1n, 2), at(1n, 1))).toBe(true);
    expect(isAfter(at(1n, 1), at(1n, 1))).toBe(false);
    expect(isAfter(at(1n, 1_000_000), parseAfter('1')!)).toBe(false);
    expect(isAfter(at(2n, 1), parseAfter('1')!)).toBe(true);
  });

  it('is refused when it is anything else', () => {
    for (const garbage of [
      '',
      '-1',
      '1.5',
      ' 1',
      '1e3',
      '9'.repeat(19),
      'n1.1',
      'AAAA',
      '💣',
      'null',
      `${'A'.repeat(10_000)}`,
    ]) {
      expect(parseAfter(garbage), garbage.slice(0, 20)).toBeNull();
    }
    const raw = (text: string) => Buffer.from(text).toString('base64url');
    for (const text of ['n1', 'n-1.1', 'n1.-1', 'x1.1', 'n1.1 ', ' n1.1', 'n1.1n', `n${'1'.repeat(19)}.1`]) {
      expect(parseAfter(raw(text)), text).toBeNull();
    }
  });
});
