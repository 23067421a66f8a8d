import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { confirm, mustBeAble } from '../../src/commands/kit/confirm.ts';
import { plain } from '../../src/commands/kit/output.ts';
import { Progress } from '../../src/commands/kit/progress.ts';
import { table } from '../../src/commands/kit/table.ts';
import { Place } from '../../src/commands/watch/place.ts';

describe('a table', () => {
  test('has numbers on the right, texts on the left, and a dash for what there is none of', () => {
    const rows = [
      { name: 'a', amount: '12345678901234567890.000001' },
      { name: 'long-name', amount: null },
    ];
    expect(
      table(rows, [
        { title: 'NAME', of: ({ name }) => name },
        { title: 'AMOUNT', isNumber: true, of: ({ amount }) => amount },
      ]),
    ).toEqual([
      'NAME                            AMOUNT',
      'a          12345678901234567890.000001',
      'long-name                            –',
    ]);
  });
});

test('text of others moves no cursor, and is not read from right to left', () => {
  expect(plain('a\u001b[31mb\u001b]0;title\u0007c')).toBe('abc');
  expect(plain('a\rb\u202ec\u2028d')).toBe('a\uFFFDb\uFFFDc\uFFFDd');
  expect(plain('Ünïcödé 雨 –')).toBe('Ünïcödé 雨 –');
});

describe('progress', () => {
  const screen = (isTTY: boolean) => {
    const written: string[] = [];
    return { isTTY, written, write: (text: string) => written.push(text) };
  };

  test('is written over on a terminal, not more often than eyes can see, and taken away at the end', () => {
    let now = 0;
    const tty = screen(true);
    const progress = new Progress('Working', tty, () => now);
    progress.show(0.5, '50 %');
    now = 50;
    progress.show(0.6, '60 %');
    now = 150;
    progress.show(1, '100 %');
    progress.end();
    expect(tty.written).toEqual([
      `\r\u001b[2KWorking [${'█'.repeat(15)}${'·'.repeat(15)}] 50 %`,
      `\r\u001b[2KWorking [${'█'.repeat(30)}] 100 %`,
      '\r\u001b[2K',
    ]);
  });

  test('is nothing elsewhere', () => {
    const file = screen(false);
    const progress = new Progress('Working', file);
    progress.show(0.5, '50 %');
    progress.end();
    expect(file.written).toEqual([]);
  });
});

describe('a confirmation', () => {
  const answer = async (text: string | null) => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = new PassThrough();
    if (text === null) input.end();
    else input.write(text);
    const said = await confirm('Settle p?', { input, output });
    return { said, shown: String(output.read()) };
  };

  test.each([
    ['y\n', true],
    ['YES\n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
    [null, false],
  ])('of %j is %s', async (text, said) => {
    expect(await answer(text)).toMatchObject({ said, shown: expect.stringContaining('Settle p? [y/N] ') });
  });

  test('needs somebody to ask', () => {
    expect(() => mustBeAble({ input: new PassThrough(), output: new PassThrough() })).toThrow('add --yes');
  });
});

describe('the place from which a watch goes on', () => {
  test('is before anything of a sequence of which more may come', () => {
    const place = new Place(5n);
    expect(place.resumeAfter).toBe(5n);
    place.heardLoss('7');
    expect(place.resumeAfter).toBe(5n);
    place.heardHaircut('7');
    expect(place.resumeAfter).toBe(6n);
    place.heardHaircut('9');
    expect(place.resumeAfter).toBe(7n);
  });
});
