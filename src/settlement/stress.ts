import { AtomColumn } from '../core/atom-column.ts';
import { claimsOf } from '../core/bearers.ts';
import { floorDiv, ONE } from '../core/decimal.ts';
import { max } from '../core/money.ts';
import { Refusal } from '../core/refusal.ts';
import type { OpenLoss, SettlementOutcome } from '../core/settlement.ts';
import { atOnce, type Steps } from '../core/steps.ts';
import { valuePerAtom } from '../margin/position.ts';
import type { CloseOutAt } from '../simulation/book.ts';
import { type ClosedOut, closingPrice, markAfter, type Slippage } from '../simulation/slippage.ts';
import { type PoolBearers, wantedBy } from './bearers.ts';
import { type ClosingPrice, pnlAt, settleDeficits } from './hypothetical.ts';
import type { LockedPool } from './locked-pool.ts';
import type { PoolBook } from './pool-book.ts';

export interface StressTerms {
  readonly closeOutAt: CloseOutAt;
  readonly slippage: Slippage;
  /** Added to the fund's balance, in atoms; what is left is at least 0. */
  readonly fundChange: bigint;
  /** Whether what haircuts and close-outs do to others is followed to its end. */
  readonly contagion: boolean;
}

export interface StressedMark {
  readonly marketNo: number;
  /** Now, by the shock, and once everybody is closed out. Units of 10^-18. */
  readonly before: bigint;
  readonly shocked: bigint;
  readonly after: bigint;
}

/** An account that is closed out. Atoms. */
export interface StressedAccount {
  readonly accountNo: number;
  /** At the marks as they are now. */
  readonly equity: bigint;
  /** What closing it out leaves, below 0 what is lost. */
  readonly left: bigint;
  /** From 1: the round of contagion that closed it out. */
  readonly round: number;
}

/** How the deficits are covered. All 0 where nothing is lost, but for what could be borne. */
const WATERFALL = [
  'deficit',
  'recourse',
  'operatorCapital',
  'fundDraw',
  'residual',
  'socialized',
  'uncovered',
  'capacity',
  'profitTotal',
] as const satisfies readonly (keyof SettlementOutcome<OpenLoss>)[];
export type StressWaterfall = Record<(typeof WATERFALL)[number], bigint>;

/** One round: what all accounts that it closes out come to, and those of the rounds before. Atoms. */
export interface StressRound {
  readonly closedOut: number;
  readonly deficit: bigint;
  readonly socialized: bigint;
  readonly uncovered: bigint;
}

export interface StressOutcome {
  readonly poolId: number;
  readonly sequence: bigint;
  readonly fundBefore: bigint;
  readonly marks: readonly StressedMark[];
  readonly closedOut: readonly StressedAccount[];
  readonly waterfall: StressWaterfall;
  /** Who gives up something: account numbers in the byte order of refs, what would bear it, and what it takes. */
  readonly accountNos: readonly number[];
  readonly profits: AtomColumn;
  readonly haircuts: AtomColumn;
  readonly rounds: readonly StressRound[];
}

/** Rounds × accounts of one scenario. Depths can be chosen so that each account that is closed out sinks one more. */
const MOST_LOOKED_AT = 4_000_000;

const tooManyRounds = (rounds: number): Refusal =>
  new Refusal(
    'LIMIT_EXCEEDED',
    `After ${rounds} rounds contagion still goes on, which is too long to follow in a pool of this size: try a smaller shock, or deeper markets.`,
    ['input'],
  );

/**
 * What a shock to the marks would come to. Round by round: everybody in trouble is closed out, which moves the marks; their deficits
 * run down the waterfall; whoever the new marks or its haircut leave in trouble is closed out in the next, until nobody is. Accounts only
 * ever join, so that it ends, with the fewest closed out: the clearing of Eisenberg and Noe (Management Science 47, 2001), the fictitious
 * default algorithm, with costs of default as Rogers and Veraart have them (Management Science 59, 2013).
 *
 * @param shockOf the change of a market's mark as a share of it, at least −1, in units of 10^-18
 */
export function* stressing(
  book: PoolBook,
  pool: LockedPool,
  shockOf: (marketNo: number) => bigint,
  terms: StressTerms,
): Steps<StressOutcome> {
  const stressed = { ...pool, fundBalance: max(0n, pool.fundBalance + terms.fundChange) };
  const before = new Map([...book.marks()].flatMap(([no, mark]) => (mark === null ? [] : [[no, mark]])));
  const shocked = new Map([...before].map(([no, mark]) => [no, (mark * (ONE + shockOf(no))) / ONE]));
  const closed = new Map<number, number>();
  const rounds: StressRound[] = [];
  let marks = shocked;
  let volumes: ReadonlyMap<number, ClosedOut> = new Map();
  let visit = visitMarks(book, stressed, { marks, shocked, volumes, closed }, terms);
  while (visit.joining.length > 0 && (rounds.length === 0 || terms.contagion)) {
    if (rounds.length * book.accountCount > MOST_LOOKED_AT) throw tooManyRounds(rounds.length);
    // Between the rounds the book is at its own marks.
    yield;
    const { joining } = visit;
    for (const accountNo of joining) closed.set(accountNo, rounds.length + 1);
    volumes = volumesOf(book, shocked, closed.keys());
    if (terms.contagion) marks = movedBy(terms.slippage, shocked, volumes);
    visit = visitMarks(book, stressed, { marks, shocked, volumes, closed }, terms);
    const { outcome } = visit;
    rounds.push({
      closedOut: joining.length,
      deficit: outcome?.deficit ?? 0n,
      socialized: outcome?.socialized ?? 0n,
      uncovered: outcome?.uncovered ?? 0n,
    });
  }
  return {
    poolId: pool.poolId,
    sequence: pool.sequence,
    fundBefore: stressed.fundBalance,
    marks: [...before].map(([marketNo, mark]) => ({
      marketNo,
      before: mark,
      shocked: shocked.get(marketNo)!,
      after: marks.get(marketNo)!,
    })),
    closedOut: [...closed].map(([accountNo, round]) => ({
      accountNo,
      equity: book.risk.marginOf(accountNo).equity,
      left: visit.left.get(accountNo)!,
      round,
    })),
    rounds,
    ...burdenOf(visit),
  };
}

/** Keeps of a settlement what it comes to, and who gives up something. */
function burdenOf({
  outcome,
  bearers,
}: Visit): Pick<StressOutcome, 'waterfall' | 'accountNos' | 'profits' | 'haircuts'> {
  const accountNos: number[] = [];
  const [profits, haircuts] = [new AtomColumn(), new AtomColumn()];
  const waterfall = Object.fromEntries(
    WATERFALL.map((name) => [name, outcome?.[name] ?? 0n]),
  ) as StressWaterfall;
  if (!outcome) {
    const claims = claimsOf(bearers);
    const could = { capacity: claims.caps.sum(), profitTotal: claims.profits.sum() };
    return { waterfall: { ...waterfall, ...could }, accountNos, profits, haircuts };
  }
  bearers.accountNos.forEach((accountNo, i) => {
    const haircut = outcome.haircuts.get(i);
    if (haircut === 0n) return;
    accountNos.push(accountNo);
    profits.push(outcome.profits.get(i));
    haircuts.push(haircut);
  });
  return { waterfall, accountNos, profits, haircuts };
}

/** Where a round stands: prices by market, in units of 10^-18. */
interface Standing {
  /** What is left of the shocked marks. */
  readonly marks: ReadonlyMap<number, bigint>;
  readonly shocked: ReadonlyMap<number, bigint>;
  readonly volumes: ReadonlyMap<number, ClosedOut>;
  /** The accounts that are closed out, with the round that did it. */
  readonly closed: ReadonlyMap<number, number>;
}

interface Visit {
  readonly outcome: SettlementOutcome<OpenLoss> | null;
  readonly bearers: PoolBearers;
  /** What closing out leaves of each account. */
  readonly left: ReadonlyMap<number, bigint>;
  /** The open accounts that the marks, or what they give up at them, leave in trouble. */
  readonly joining: readonly number[];
}

const NOTHING: ClosedOut = { longs: 0n, shorts: 0n };

/** Closes accounts out at prices that give way from the shocked marks, settles what they owe at the marks that are left, and looks who is next. */
function visitMarks(book: PoolBook, pool: LockedPool, standing: Standing, terms: StressTerms): Visit {
  const { marks, shocked, volumes, closed } = standing;
  const priceOf: ClosingPrice = (_, marketNo, size) =>
    closingPrice(terms.slippage, marketNo, shocked.get(marketNo)!, size, volumes.get(marketNo) ?? NOTHING);
  return book.atMarks(
    (_, marketNo) => marks.get(marketNo)!,
    () => {
      const left = new Map<number, bigint>();
      const deficits = new Map<number, bigint>();
      for (const accountNo of closed.keys()) {
        let pnl = 0n;
        for (const { marketNo, position, terms } of book.positionsBySymbol(accountNo))
          pnl += pnlAt(marketNo, position, terms, priceOf);
        const rest = book.risk.balanceOf(accountNo) + floorDiv(pnl, valuePerAtom(pool.decimals));
        left.set(accountNo, rest);
        if (rest < 0n) deficits.set(accountNo, -rest);
      }
      const bearers = atOnce(book.bearers(pool.rules, wantedBy(pool), closed));
      const outcome = settleDeficits(book, pool, bearers, deficits, priceOf);
      const joining = inTrouble(book, closed, terms, outcome, bearers);
      return { outcome, bearers, left, joining };
    },
  );
}

/** The open accounts that the present marks, or what they give up at them, leave in trouble. */
function inTrouble(
  book: PoolBook,
  closed: ReadonlyMap<number, number>,
  { closeOutAt }: StressTerms,
  outcome: SettlementOutcome<OpenLoss> | null,
  bearers: PoolBearers,
): number[] {
  const { risk } = book;
  const belowZero = closeOutAt === 'BELOW_ZERO';
  const joining = new Set<number>();
  for (let accountNo = 1; accountNo <= book.accountCount; accountNo++) {
    const health = risk.healthOf(accountNo);
    const isIn = health === 'BANKRUPT' || (health === 'LIQUIDATABLE' && !belowZero);
    if (isIn && !closed.has(accountNo) && risk.isActive(accountNo) && !book.isUnmarked(accountNo))
      joining.add(accountNo);
  }
  // A haircut is at most the equity: it alone leaves nobody below zero.
  if (!outcome || belowZero) return [...joining];
  bearers.accountNos.forEach((accountNo, i) => {
    const haircut = outcome.haircuts.get(i);
    if (haircut === 0n || joining.has(accountNo)) return;
    const { equity, maintenance } = risk.marginOf(accountNo);
    if (equity - haircut < maintenance) joining.add(accountNo);
  });
  return [...joining].sort((a, b) => a - b);
}

/** What is closed out of each market, at the shocked marks, in units of 10^-18. */
function volumesOf(
  book: PoolBook,
  shocked: ReadonlyMap<number, bigint>,
  accounts: Iterable<number>,
): Map<number, ClosedOut> {
  const volumes = new Map<number, ClosedOut>();
  for (const accountNo of accounts) {
    for (const { marketNo, position, terms } of book.positionsBySymbol(accountNo)) {
      const notional = (position.size * terms.contractSize * shocked.get(marketNo)!) / (ONE * ONE);
      const volume = volumes.get(marketNo) ?? { longs: 0n, shorts: 0n };
      if (notional > 0n) volume.longs += notional;
      else volume.shorts -= notional;
      volumes.set(marketNo, volume);
    }
  }
  return volumes;
}

const movedBy = (
  slippage: Slippage,
  shocked: ReadonlyMap<number, bigint>,
  volumes: ReadonlyMap<number, ClosedOut>,
): Map<number, bigint> =>
  new Map([...shocked].map(([no, mark]) => [no, markAfter(slippage, no, mark, volumes.get(no) ?? NOTHING)]));
