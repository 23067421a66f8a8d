import type { Book, Trader } from './book.ts';
import { ATOM_DIGITS, atoms, type Haircut, type Money, type Share } from './check.ts';
import { printMoney } from './decimal.ts';
import { COINS, type Coin, UNCOVERED_SHOCK_BY_SHOCK, WINNERS } from './figures.ts';
import { count, percent, roundUsd, table, usd } from './human.ts';
import { aside, bar, bold, cyan, done, green, line, red, say, yellow } from './terminal.ts';
import type { Settled } from './venue.ts';

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const BAR = 34;

/** From the whole loss down to what nobody bore, each bar beginning where the one before ended. */
export function waterfall(settled: Settled): void {
  const [deficit, draw, socialized, uncovered] = [
    settled.deficit,
    settled.fundDraw,
    settled.socialized,
    settled.uncovered,
  ].map(atoms);
  const cells = (amount: bigint) => Math.round((Number(amount) / Number(deficit!)) * BAR);
  const rows: [string, bigint, number, (text: string) => string][] = [
    ['the loss, beyond all collateral', deficit!, 0, red],
    ['− the insurance fund pays', draw!, BAR - cells(draw!), cyan],
    [
      `− ${count(settled.haircutCount)} winners give up`,
      socialized!,
      BAR - cells(draw!) - cells(socialized!),
      yellow,
    ],
    ['= left with nobody to bear it', uncovered!, 0, green],
  ];
  line();
  for (const [label, amount, indent, colour] of rows) {
    const block = ' '.repeat(indent) + '█'.repeat(cells(amount));
    line(`   ${label.padEnd(33)} ${usd(amount).padStart(15)}  ${colour(block)}`.trimEnd());
  }
  line();
  const ratio = Number(settled.haircutRatio.decimal) * 100;
  say(
    `That is ${ratio.toFixed(4)} % of every winner's profit, the same for all: ${ratio.toFixed(2)} cents of each dollar of profit; ` +
      `the other ${(100 - ratio).toFixed(2)} cents stay where they are.`,
  );
}

/** Who bore how much: the great ones nearly all of it. */
export function bearers({ winners }: Book, haircuts: readonly Haircut[]): void {
  const amounts = new Map(haircuts.map(({ ref, amount }) => [ref, amount]));
  const ranked = winners.map(({ ref }) => amounts.get(ref) ?? 0n);
  const all = sum(ranked);
  const share = (from: number, to: number) => {
    const profit = sum(winners.slice(from, to).map((winner) => winner.amount)) * 10_000n;
    const gaveUp = sum(ranked.slice(from, to));
    const part = Number(gaveUp) / Number(all);
    return [roundUsd(profit), roundUsd(gaveUp), part < 0.0001 ? 'next to nothing' : percent(gaveUp, all, 1)];
  };
  line();
  const rows = [
    ['who', 'had won', 'gives up', 'of the sum'],
    ['the largest winner', ...share(0, 1)],
    ['the ten largest', ...share(0, 10)],
    ['the hundred largest', ...share(0, 100)],
    [
      `the one in the middle (rank ${count(WINNERS.count / 2)})`,
      ...share(WINNERS.count / 2 - 1, WINNERS.count / 2),
    ],
    [`the smallest (rank ${count(WINNERS.count)})`, ...share(WINNERS.count - 1, WINNERS.count)],
    ['all of them', ...share(0, WINNERS.count)],
  ];
  const [head, ...body] = table(rows);
  line(`   ${bold(head!)}`);
  for (const row of body) line(`   ${row}`);
  histogram(ranked);
}

const LIMITS: readonly [string, number][] = [
  ['under $1', 1],
  ['$1 to $10', 10],
  ['$10 to $100', 100],
  ['$100 to $1,000', 1_000],
  ['$1,000 to $10,000', 10_000],
  ['$10,000 to $100,000', 100_000],
  ['above $100,000', Infinity],
];

function histogram(amounts: readonly bigint[]): void {
  const all = Number(sum(amounts));
  line();
  line(
    `   ${bold('a haircut of')}             ${bold('winners')}                            ${bold('share of the sum')}`,
  );
  let from = 0;
  for (const [label, limit] of LIMITS) {
    const within = amounts.filter((amount) => Number(amount) / 1e6 >= from && Number(amount) / 1e6 < limit);
    const [many, much] = [within.length / amounts.length, Number(sum(within)) / all];
    line(
      `   ${label.padEnd(20)} ${count(within.length).padStart(10)}  ${cyan(bar(many, 22).padEnd(24))} ` +
        `${`${(much * 100).toFixed(1)} %`.padStart(7)}  ${yellow(bar(much, 22))}`.trimEnd(),
    );
    from = limit;
  }
}

/** One trader's haircut, written out so that it can be checked with pencil and paper. */
export function byHand({ ref }: Trader, share: Share, said: bigint, loss: bigint): void {
  const money = (value: bigint) => printMoney(value, ATOM_DIGITS);
  const all = WINNERS.profit * 10_000n;
  const extra = share.amount > share.floor;
  line();
  say(`By hand, for ${ref}, the winner in the middle: loss × own profit ÷ all profit.`);
  line(`     ${money(loss)} × ${money(share.profit)} ÷ ${money(all)}`);
  line(
    `       = ${money(share.floor)} and ${(Number(share.remainder) / Number(all)).toFixed(6)} of a millionth of a dollar`,
  );
  line(
    extra
      ? '       + 0.000001, because its remainder is among the largest: rounding down left some millionths over'
      : '       rounded down, because the millionths left over go to larger remainders',
  );
  line(`       = ${bold(money(share.amount))}`);
  if (said !== share.amount)
    throw new Error(`${ref} gave up ${money(said)}, which is not ${money(share.amount)}.`);
  done(`the server says ${money(said)}: equal to the millionth`);
}

/** That no money appeared or went: before and after, to the millionth. */
export function conservation(before: Money, after: Money): void {
  const rows = [
    ['', 'all accounts', 'insurance fund', 'together'],
    ...[before, after].map(({ accounts, fund }, i) => [
      i === 0 ? 'before' : 'after',
      usd(accounts),
      usd(fund),
      usd(accounts + fund),
    ]),
    ['change', ...[after.accounts - before.accounts, after.fund - before.fund, 0n].map(usd)],
  ];
  line();
  const [head, ...body] = table(rows);
  line(`   ${bold(head!)}`);
  for (const row of body) line(`   ${row}`);
  if (before.accounts + before.fund !== after.accounts + after.fund)
    throw new Error('Money appeared or went.');
  done('the settlement moved money and made none');
}

/** The same day with a pool for each coin. */
export function perCoin(results: ReadonlyMap<Coin, Settled>, one: Settled): void {
  const cells = (coin: Coin) => {
    const settled = results.get(coin)!;
    return [settled.deficit, settled.fundDraw, settled.haircutCapacity, settled.uncovered].map(atoms);
  };
  const all = COINS.map((coin) => [coin.symbol, cells(coin)] as const).toSorted(
    (a, b) => Number(b[1][3]! - a[1][3]!) || Number(b[1][0]! - a[1][0]!),
  );
  const total = [0, 1, 2, 3].map((i) => sum(all.map(([, amounts]) => amounts[i]!)));
  const joint = [one.deficit, one.fundDraw, one.haircutCapacity, one.uncovered].map(atoms);
  const rows = table([
    ['coin', 'deficit', "fund's share", 'profit there to bear it', 'uncovered'],
    ...all.map(([symbol, amounts]) => [symbol, ...amounts.map(usd)]),
    ['per coin, in all', ...total.map(usd)],
    ['one pool', ...joint.map(usd)],
  ]);
  line();
  rows.forEach((row, i) => {
    const bad = i > 0 && i <= all.length && all[i - 1]![1][3]! > 0n;
    line(
      `   ${i === 0 ? bold(row) : i === rows.length - 1 ? green(bold(row)) : bad ? red(row) : i === rows.length - 2 ? bold(row) : row}`,
    );
  });
  line();
  const failing = all.filter(([, amounts]) => amounts[3]! > 0n).length;
  say(
    `Coin by coin, ${failing} of ${COINS.length} pools run dry and ${bold(usd(total[3]!))} stays uncovered: the coin's own winners ` +
      'have too little, and the others need not help. In one pool they all share, and nothing stays uncovered.',
  );
  aside(
    'The fund is the same, split over the coins in proportion to what each turned out to owe: kinder than any split made ' +
      'beforehand. OTHERS is 152 coins taken as one pool, which is kinder still.',
  );
  aside(
    `The ${usd(COINS.find((coin) => coin.symbol === 'WLD')!.profit * 10_000n)} beside WLD is no slip: it is the open profit published ` +
      `for the moment of its largest loss. Taken shock by shock, and without a fund, the published data come to ` +
      `${usd(UNCOVERED_SHOCK_BY_SHOCK * 10_000n)} that no winner of the same coin could have borne.`,
  );
}
