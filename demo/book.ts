import { winnerProfits } from './concentration.ts';
import { CENT, ONE, parseDecimal, significant } from './decimal.ts';
import { BANKRUPTS, type Cents, COINS, type Coin, OURS } from './figures.ts';
import { Random } from './random.ts';

/** What a trader holds in one coin. Sizes and prices are in units of 10^-18. */
export interface Leg {
  readonly coin: Coin;
  /** Above zero long, below zero short. */
  readonly size: bigint;
  readonly entry: bigint;
  /** The collateral that was put up for it. */
  readonly deposit: Cents;
}

export interface Trader {
  readonly ref: string;
  readonly role: 'winner' | 'bankrupt' | 'solvent';
  readonly legs: readonly Leg[];
  /** A winner's profit after the crash, or what a bankrupt then owes beyond its collateral; 0 for the others. */
  readonly amount: Cents;
}

export interface Book {
  readonly traders: readonly Trader[];
  /** Largest profit first. */
  readonly winners: readonly Trader[];
  readonly bankrupts: readonly Trader[];
}

type Unnamed = Omit<Trader, 'ref'>;

/** The book of 10 October: winners short, bankrupts long, and solvent accounts on whichever side is left open. */
export function makeBook(seed: number = OURS.seed): Book {
  const random = new Random(seed);
  const winners = makeWinners(random);
  const bankrupts = COINS.flatMap((coin) => makeBankrupts(coin, random));
  const solvent = makeSolvent([...winners, ...bankrupts], random);
  // Names follow no order: nobody can tell from one how its bearer fared.
  const all = random.shuffle<Unnamed>([...winners, ...bankrupts, ...solvent]);
  const traders = all.map((trader, i) => ({ ...trader, ref: `trader-${String(i + 1).padStart(5, '0')}` }));
  const of = (role: Trader['role']) => traders.filter((trader) => trader.role === role);
  return { traders, winners: of('winner').sort(byAmount), bankrupts: of('bankrupt') };
}

const byAmount = (a: Trader, b: Trader): number => Number(b.amount - a.amount) || (a.ref < b.ref ? -1 : 1);
const total = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, amount) => sum + amount, 0n);

/** Spreads the winners' profits over the coins, so that each coin has exactly the profit that is published for it. */
function makeWinners(random: Random): Unnamed[] {
  const profits = winnerProfits();
  const shares = profits.map(() => new Map<Coin, Cents>());
  let open = profits.flatMap((profit, trader) => {
    const parts = profit < 100n ? 1 : random.next() < 0.78 ? 1 : random.next() < 0.8 ? 2 : 3;
    return random.cut(profit, parts, 1).map((cents) => ({ trader, cents }));
  });
  const give = (coin: Coin, trader: number, cents: Cents) =>
    shares[trader]!.set(coin, (shares[trader]!.get(coin) ?? 0n) + cents);

  const byProfit = [...COINS].sort((a, b) => Number(a.profit - b.profit));
  for (const coin of byProfit.slice(0, -1)) {
    let room = coin.profit;
    const passed: typeof open = [];
    for (const part of random.shuffle(open)) {
      // Nobody holds more than a sixth of a coin's profit, so that even a small coin has several winners.
      if (room === 0n || part.cents > coin.profit / 6n) {
        passed.push(part);
        continue;
      }
      const taken = part.cents < room ? part.cents : room;
      give(coin, part.trader, taken);
      room -= taken;
      if (taken < part.cents) passed.push({ trader: part.trader, cents: part.cents - taken });
    }
    if (room > 0n) throw new Error(`${coin.symbol} has too few winners for its profit.`);
    open = passed;
  }
  for (const part of open) give(byProfit.at(-1)!, part.trader, part.cents);

  return profits.map((amount, trader) => ({
    role: 'winner',
    amount,
    legs: [...shares[trader]!].map(([coin, cents]) => {
      const { size, entry } = position(coin, cents, random);
      return {
        coin,
        size: -size,
        entry,
        deposit: dollars((value(size, entry) * percent(random, 8, 60)) / 100n),
      };
    }),
  }));
}

/** A coin's bankrupts: long, and down by their collateral and by what they owe beyond it. */
function makeBankrupts(coin: Coin, random: Random): Unnamed[] {
  const { deficit, bankrupts } = coin;
  return random.cut(deficit, bankrupts, 2.5).map((amount) => {
    const deposit = dollars((amount * percent(random, 50, 200)) / 100n);
    const { size, entry } = position(coin, amount + deposit, random);
    return { role: 'bankrupt', amount, legs: [{ coin, size, entry, deposit }] };
  });
}

/** Takes the side that is left open of every market, so that its sizes add up to zero, and stays solvent. */
function makeSolvent(others: readonly Unnamed[], random: Random): Unnamed[] {
  const legs = others.flatMap((trader) => trader.legs);
  const sides = COINS.map((coin) => {
    const size = -total(legs.filter((leg) => leg.coin === coin).map((leg) => leg.size));
    return { coin, size, value: value(size < 0n ? -size : size, parseDecimal(coin.after)) };
  });
  const all = total(sides.map((side) => side.value));
  return sides.flatMap(({ coin, size, value: worth }) => {
    const count = 20 + Number((BigInt(OURS.solvent - 20 * COINS.length) * worth) / all);
    const sign = size < 0n ? -1n : 1n;
    return inLots(random, size * sign, count).map((part): Unnamed => {
      // Longs opened before the crash and lost; shorts opened near the low and are a little behind.
      const [before, after] = [Number(coin.before), Number(coin.after)];
      const entry = significant(
        sign > 0n ? before * random.between(0.97, 1.03) : after * random.between(0.95, 0.999),
        6,
      );
      const away = entry - parseDecimal(coin.after);
      const loss = value(part, away < 0n ? -away : away);
      const deposit = dollars((loss * percent(random, 110, 300)) / 100n + 100n);
      return { role: 'solvent', amount: 0n, legs: [{ coin, size: part * sign, entry, deposit }] };
    });
  });
}

const LOT = ONE / 10_000n;

/** Cuts a size into whole lots; what is no whole lot goes to the first. */
function inLots(random: Random, size: bigint, parts: number): bigint[] {
  const sizes = random.cut(size / LOT, parts, 2).map((lots) => lots * LOT);
  sizes[0]! += size % LOT;
  return sizes;
}

const ROUND = [1n, 2n, 4n, 5n, 8n];

/** A round size, and the entry price from which the crash makes exactly these cents of profit, or of loss. */
function position(coin: Coin, cents: Cents, random: Random): { size: bigint; entry: bigint } {
  const after = parseDecimal(coin.after);
  const fall = Number(coin.before) * random.between(0.98, 1.03) - Number(coin.after);
  const wanted = Number(cents) / 100 / fall;
  const scale = 10n ** BigInt(Math.floor(Math.log10(wanted)) + 18);
  const size = [...ROUND, 10n]
    .map((digit) => digit * scale)
    .reduce((best, next) =>
      Math.abs(Number(next) / 1e18 - wanted) < Math.abs(Number(best) / 1e18 - wanted) ? next : best,
    );
  const change = (cents * CENT * ONE) / size;
  if (change * size !== cents * CENT * ONE) throw new Error('An entry price has more than 18 digits.');
  return { size, entry: after + change };
}

const percent = (random: Random, low: number, high: number): bigint =>
  BigInt(Math.floor(random.between(low, high)));
/** Size times price, in cents, rounded down. */
const value = (size: bigint, price: bigint): Cents => (size * price) / (ONE * CENT);
/** Rounded up to whole dollars, at least one. */
const dollars = (cents: Cents): Cents => (cents / 100n + 1n) * 100n;

/** What the book must come to, checked before anything of it is sent. */
export function checkBook({ traders, winners, bankrupts }: Book): void {
  for (const coin of COINS) {
    const sizes = traders.flatMap(({ legs }) =>
      legs.filter((leg) => leg.coin === coin).map((leg) => leg.size),
    );
    if (total(sizes) !== 0n) throw new Error(`The sizes of ${coin.symbol} do not add up to zero.`);
  }
  const profit = total(winners.map((trader) => trader.amount));
  const owed = total(bankrupts.map((trader) => trader.amount));
  if (profit !== total(COINS.map((coin) => coin.profit)))
    throw new Error('The profits are not those published.');
  if (owed !== BANKRUPTS.deficit) throw new Error('The deficits are not those published.');
}
