import type { ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/graphql/context.ts';
import { PrintedText, printResult } from '../../src/graphql/printed.ts';
import { SharedAnswers } from '../../src/graphql/shared-answers.ts';

/** An event is answered once for all who ask the same, unless the answer looked at who asks. */

const of = (subject: string) => ({ viewer: { subject } }) as unknown as Context;

const noMask = (error: unknown): never => {
  throw error;
};

function counting(work: (context: Context) => Promise<ExecutionResult>) {
  const askers: string[] = [];
  const run = (name: string) => (context: Context) => {
    askers.push(name);
    return work(context);
  };
  return { askers, run };
}

describe('an event that many hear', () => {
  it('is worked out once for equal questions, and printed once', async () => {
    const shared = new SharedAnswers();
    const { askers, run } = counting(async () => ({ data: { sequence: '7' } }));
    const event = {};
    const names = ['alice', 'bob', 'carol'];
    const answers = await Promise.all(names.map((name) => shared.answer(event, 'q', of(name), run(name))));
    expect(askers).toEqual(['alice']);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]!.data).toBeInstanceOf(PrintedText);
    expect(printResult(answers[0]!, noMask)).toBe('{"data":{"sequence":"7"}}');
    await shared.answer(event, 'another question', of('bob'), run('bob'));
    await shared.answer({}, 'q', of('carol'), run('carol'));
    expect(askers).toEqual(['alice', 'bob', 'carol']);
  });

  it('is worked out for each where the answer asked who that is, at whatever moment', async () => {
    const shared = new SharedAnswers();
    const { askers, run } = counting(async (context) => {
      await null;
      return { data: { subject: context.viewer!.subject } };
    });
    const event = {};
    const answers = await Promise.all(
      ['alice', 'bob'].map((name) => shared.answer(event, 'q', of(name), run(name))),
    );
    expect(answers).toEqual([{ data: { subject: 'alice' } }, { data: { subject: 'bob' } }]);
    expect(askers).toEqual(['alice', 'bob']);
    expect(answers.some(({ data }) => data instanceof PrintedText)).toBe(false);
  });

  it('fails for each by itself', async () => {
    const shared = new SharedAnswers();
    const event = {};
    let tries = 0;
    const run = async () => {
      if (++tries === 1) throw new Error('no connection');
      return { data: { try: tries } };
    };
    const first = shared.answer(event, 'q', of('alice'), run);
    const second = shared.answer(event, 'q', of('bob'), run);
    await expect(first).rejects.toThrow('no connection');
    expect(await second).toEqual({ data: { try: 2 } });
  });
});
