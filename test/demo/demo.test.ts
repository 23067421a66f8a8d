import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkBook, makeBook } from '../../demo/book.ts';
import { shareByHand } from '../../demo/check.ts';
import { winnerProfits, winnerShares } from '../../demo/concentration.ts';
import { CENT, ONE, parseDecimal } from '../../demo/decimal.ts';
import { BANKRUPTS, COINS, OURS, WINNERS } from '../../demo/figures.ts';

/* The published aggregates of 10 October 2025 (arXiv 2512.01112v3), written out again here so that a slip in either shows. */

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const total = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const book = makeBook();
const legs = book.traders.flatMap((trader) => trader.legs.map((leg) => ({ trader, ...leg })));
/** What a position has made, or lost, at the marks after the crash, in units of 10^-36. */
const pnl = ({ size, entry, coin }: (typeof legs)[number]): bigint =>
  size * (parseDecimal(coin.after) - entry);

describe('the winners', () => {
  test('are 19,230 and hold $834,554,147.76 to the cent', () => {
    expect(book.winners).toHaveLength(19_230);
    expect(sum(book.winners.map((winner) => winner.amount))).toBe(83_455_414_776n);
    expect(winnerProfits()).toEqual(book.winners.map((winner) => winner.amount));
  });

  test('are concentrated as published, also once rounded to cents', () => {
    const held = book.winners.map((winner) => Number(winner.amount) / 83_455_414_776);
    for (const shares of [held, [...winnerShares()]]) {
      expect(shares[0]).toBeCloseTo(0.0633, 8);
      expect(total(shares.slice(0, 10))).toBeCloseTo(0.403, 8);
      expect(total(shares.slice(0, 100))).toBeCloseTo(0.758, 8);
      expect(total(shares.map((share) => share ** 2))).toBeCloseTo(0.02032, 8);
      expect(total(shares)).toBeCloseTo(1, 8);
    }
  });

  test('hold the less the further down they rank, and never nothing', () => {
    const amounts = book.winners.map((winner) => winner.amount);
    amounts.forEach((amount, i) => {
      expect(amount <= (amounts[i - 1] ?? amount)).toBe(true);
    });
    expect(amounts.at(-1)! > 0n).toBe(true);
  });

  test('make exactly their profit in the crash, by short positions alone', () => {
    const made = new Map(book.winners.map(({ ref }) => [ref, 0n]));
    for (const leg of legs.filter(({ trader }) => trader.role === 'winner')) {
      expect(leg.size < 0n && leg.deposit > 0n).toBe(true);
      made.set(leg.trader.ref, made.get(leg.trader.ref)! + pnl(leg));
    }
    for (const { ref, amount } of book.winners) expect(made.get(ref)).toBe(amount * CENT * ONE);
  });
});

describe('the losers', () => {
  test('165 owe $23,191,104.48 beyond their collateral to the cent, each exactly its own part', () => {
    expect(book.bankrupts).toHaveLength(165);
    expect(sum(book.bankrupts.map((bankrupt) => bankrupt.amount))).toBe(2_319_110_448n);
    for (const leg of legs.filter(({ trader }) => trader.role === 'bankrupt')) {
      expect(leg.deposit * CENT * ONE + pnl(leg)).toBe(-leg.trader.amount * CENT * ONE);
      expect(leg.trader.amount > 0n && leg.trader.legs.length === 1).toBe(true);
    }
  });

  test('the others stay solvent, and none of them wins', () => {
    const others = legs.filter(({ trader }) => trader.role === 'solvent');
    expect(others.length).toBeGreaterThan(5_000);
    for (const leg of others) {
      expect(pnl(leg) <= 0n).toBe(true);
      expect(leg.deposit * CENT * ONE + pnl(leg) > 0n).toBe(true);
    }
  });
});

describe('the markets', () => {
  test.each(COINS.map((coin) => [coin.symbol, coin] as const))('%s adds up', (_, coin) => {
    const own = legs.filter((leg) => leg.coin === coin);
    const of = (role: string) => own.filter(({ trader }) => trader.role === role);
    expect(sum(own.map((leg) => leg.size))).toBe(0n);
    expect(sum(of('winner').map(pnl))).toBe(coin.profit * CENT * ONE);
    expect(of('bankrupt')).toHaveLength(coin.bankrupts);
    expect(sum(of('bankrupt').map(({ trader }) => trader.amount))).toBe(coin.deficit);
  });

  test('together are what is published', () => {
    expect(sum(COINS.map((coin) => coin.profit))).toBe(WINNERS.profit);
    expect(sum(COINS.map((coin) => coin.deficit))).toBe(BANKRUPTS.deficit);
    expect(total(COINS.map((coin) => coin.bankrupts))).toBe(BANKRUPTS.count);
  });

  test('carry the figures of the published file, where it is at hand', ({ skip }) => {
    const clusters = readClusters() ?? skip('../shared/data/oct10 is not there');
    const named = COINS.filter((coin) => coin.symbol !== 'OTHERS');
    for (const coin of named) {
      const own = clusters.filter((cluster) => cluster.coin === coin.symbol);
      const largest = own.reduce((worst, cluster) => (cluster.deficit > worst.deficit ? cluster : worst));
      expect(Number(coin.deficit) / 100, coin.symbol).toBeCloseTo(
        total(own.map(({ deficit }) => deficit)),
        2,
      );
      expect(Number(coin.profit) / 100, coin.symbol).toBeCloseTo(largest.capacity, 2);
      expect(coin.bankrupts, coin.symbol).toBe(own.filter(({ deficit }) => deficit > 0).length);
    }
    expect(new Set(clusters.map(({ coin }) => coin)).size - named.length).toBe(152);
  });
});

test('the book is the same every time, and its own check finds what is wrong with another', () => {
  expect(makeBook(OURS.seed)).toEqual(book);
  checkBook(book);
  checkBook(makeBook(7));
  const [first, ...rest] = book.traders;
  expect(() => checkBook({ ...book, traders: rest })).toThrow(`The sizes of ${first!.legs[0]!.coin.symbol}`);
});

test('the sum by hand gives out every atom, none twice', () => {
  const winners = [3n, 2n, 1n].map((amount, i) => ({
    ref: `t${i}`,
    role: 'winner' as const,
    legs: [],
    amount,
  }));
  const amounts = (loss: bigint) => [...shareByHand(winners, loss)].sort().map(([, share]) => share.amount);
  expect(amounts(6n)).toEqual([3n, 2n, 1n]);
  expect(amounts(250n)).toEqual([125n, 83n, 42n]);
  expect(amounts(1n)).toEqual([1n, 0n, 0n]);
});

describe('npm run demo', () => {
  const demo = fileURLToPath(new URL('../../demo/demo.ts', import.meta.url));
  let temporary: string;
  const started: { child: ChildProcess; exited: Promise<unknown> }[] = [];

  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'shearwater-demo-test-'));
  });
  afterEach(async () => {
    // A test that failed half-way leaves its demo running; killed, it is cleaned up after.
    for (const { child, exited } of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await exited;
      await until(() => processesHere().length === 0);
    }
    await rm(temporary, { recursive: true, force: true });
  });

  const start = (args: string[]) => {
    const child = spawn(process.execPath, [demo, ...args], { env: { ...process.env, TMPDIR: temporary } });
    const output: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const exited = once(child, 'exit');
    started.push({ child, exited });
    return { child, exited, text: () => output.join('') };
  };

  test('-- --once plays the day, says what happened, and leaves nothing behind', {
    timeout: 240_000,
  }, async () => {
    const { exited, text } = start(['--once']);
    const [code] = await exited;
    const shown = text();
    expect(code, shown).toBe(0);
    for (const figure of [
      '19,230 winners with a profit of $834,554,147.76',
      '165 bankruptcies reported',
      'together they owe $23,191,104.48 beyond their collateral',
      'A loss is open in the pool',
      '19,230 haircuts booked at once',
      'the smallest (rank 19,230)',
      'each notice once, to its own trader only',
      'equal to the millionth',
      'so are the other 19,229',
    ]) {
      expect(shown).toContain(figure);
    }
    // The loss goes down the waterfall to nothing; the same day coin by coin leaves ten million.
    expect(shown).toMatch(/− the insurance fund pays +\$5,000,000\.00/);
    expect(shown).toMatch(/− 19,230 winners give up +\$18,191,104\.48/);
    expect(shown).toMatch(/= left with nobody to bear it +\$0\.00/);
    expect(shown).toMatch(
      /per coin, in all +\$23,191,104\.48 +\$5,000,000\.00 +\$834,554,147\.76 +\$10,088,106\.92/,
    );
    expect(shown).toMatch(/the largest winner +\$52,827,277\.55 +\$1,151,496\.91 +6\.3 %/);
    // Each of the three listeners was told why, the largest first.
    const told = [...shown.matchAll(/▸ .*?(trader-\d{5})/g)].map(([, ref]) => ref);
    expect(told).toEqual(
      [book.winners[0], book.winners[9_614], book.winners[19_229]].map((winner) => winner!.ref),
    );
    expect(shown.replaceAll(/\s+/g, ' ')).toContain(`${told[0]} gave up 1151496.913514 USDC`);
    // No terminal is here: no colours, and no line is written over.
    expect(shown).not.toContain('\u001b');
    expect(shown).not.toContain('\r');
    expectNothingLeft();
  });

  test('stays up for a look, with a token that reads the pool, until Ctrl-C', {
    timeout: 240_000,
  }, async () => {
    const { child, exited, text } = start([]);
    await until(() => text().includes('Ctrl-C ends it'), child);
    const [, body] = text().match(/^curl -s .* -d '(.*)'$/m)!;
    const [headers] = text().match(/^\{"authorization": .*\}$/m)!;
    const explorer = text().match(/http:\/\/127\.0\.0\.1:\d+\/graphql/)![0];
    expect(await (await fetch(explorer, { headers: { accept: 'text/html' } })).text()).toContain(
      'Shearwater',
    );
    const asked = await fetch(explorer, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...JSON.parse(headers) },
      body,
    });
    // 18,191,104.48 of 834,554,147.76, cut off after 18 digits.
    const node = { haircutCount: 19_230, haircutRatio: { decimal: '0.021797392690248031' } };
    const pool = { totals: { uncovered: '0.000000' }, settlements: { edges: [{ node }] } };
    expect(await asked.json()).toEqual({ data: { pool } });
    child.kill('SIGINT');
    expect((await exited)[0], text()).toBe(0);
    expectNothingLeft();
  });

  test('ends with 130 at Ctrl-C, and leaves nothing behind', { timeout: 120_000 }, async () => {
    const { child, exited, text } = start([]);
    await until(() => text().includes('2  Open the book'), child);
    child.kill('SIGINT');
    expect((await exited)[0], text()).toBe(130);
    expect(text()).toContain('Stopped, and everything removed.');
    expectNothingLeft();
  });

  test('cleans up even when it is killed', { timeout: 120_000 }, async () => {
    const { child, exited, text } = start([]);
    await until(() => text().includes('2  Open the book'), child);
    child.kill('SIGKILL');
    await exited;
    await until(() => readdirSync(temporary).length === 0 && processesHere().length === 0);
    expectNothingLeft();
  });

  test('says what is wrong, and ends with another code than 0', { timeout: 60_000 }, async () => {
    await rm(temporary, { recursive: true });
    const { exited, text } = start(['--once']);
    expect((await exited)[0]).toBe(1);
    expect(text()).toContain('The demo failed: The server did not start');
    const wrong = start(['--onec']);
    expect((await wrong.exited)[0]).toBe(2);
    expect(wrong.text()).toContain('npm run demo -- --once');
  });

  function expectNothingLeft(): void {
    expect(readdirSync(temporary)).toEqual([]);
    expect(processesHere()).toEqual([]);
  }

  /** Processes that were started with our temporary folder, and so are of this demo. */
  function processesHere(): string[] {
    if (process.platform !== 'linux') return [];
    const read = (path: string) => {
      try {
        return readFileSync(path, 'latin1');
      } catch {
        return '';
      }
    };
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter(
        (pid) =>
          read(`/proc/${pid}/environ`).includes(temporary) ||
          read(`/proc/${pid}/cmdline`).includes(temporary),
      );
  }
});

async function until(condition: () => boolean, child?: ChildProcess): Promise<void> {
  while (!condition()) {
    if (child && child.exitCode !== null)
      throw new Error(`The demo ended early, with exit code ${child.exitCode}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function readClusters(): { coin: string; deficit: number; capacity: number }[] | undefined {
  let text: string;
  try {
    text = readFileSync(
      new URL('../../../shared/data/oct10/per_shock_metrics_queue.csv', import.meta.url),
      'utf8',
    );
  } catch {
    return undefined;
  }
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map((cells) => ({ coin: cells[0]!, deficit: Number(cells[4]), capacity: Number(cells[5]) }));
}
