import {
  type Fraction,
  floor,
  minus,
  parse,
  positive,
  smaller,
  sum,
  times,
  whole,
  ZERO,
} from './oracle-fractions.ts';

/** Profit, burden and cap of one account. */

/** What happened to an account's b, oldest first. */
export type BurdenStep =
  | { readonly haircut: bigint }
  | { readonly realized: bigint }
  | { readonly flat: true };

export interface BurdenState {
  readonly b: bigint;
  readonly net: bigint;
}

/** max(0, b − max(0, net)). */
export const counted = ({ b, net }: BurdenState): bigint => positive(b - positive(net));

/** b rises by haircuts, is offset by net REALIZED_PNL since it last was zero, and ends when the account is flat. */
export function burdenOf(steps: readonly BurdenStep[]): BurdenState {
  let state: BurdenState = { b: 0n, net: 0n };
  for (const step of steps) {
    if ('flat' in step) state = { b: 0n, net: 0n };
    else if ('haircut' in step) {
      state =
        counted(state) === 0n ? { b: step.haircut, net: 0n } : { b: state.b + step.haircut, net: state.net };
    } else if (state.b > 0n) state = { b: state.b, net: state.net + step.realized };
  }
  return state;
}

export interface Bearer {
  readonly ref: string;
  readonly balance: bigint;
  /** u, floored. */
  readonly unrealized: bigint;
  /** g, the profit by the pool's basis; u where none is named. */
  readonly gain?: bigint;
  /** b as it counts. */
  readonly b: bigint;
}

/** w = max(0, min(g − b, e)), and nothing where there is no gain. */
export const profitOf = ({ balance, unrealized, gain = unrealized, b }: Omit<Bearer, 'ref'>): bigint =>
  gain > 0n ? positive(smaller(gain - b, balance + unrealized)) : 0n;

/** cap = min(w, max(0, ⌊β g⌋ − b)). */
export const capOf = (bearer: Omit<Bearer, 'ref'>, beta: Fraction): bigint =>
  smaller(profitOf(bearer), positive(floor(times(beta, whole(bearer.gain ?? bearer.unrealized))) - bearer.b));

/** u = ⌊Σ size × contractSize × (mark − entry)⌋ in atoms; a market without a mark is valued at entry. */
export function unrealizedOf(
  lines: readonly { size: string; entry: string; contractSize: string; mark: string | null }[],
  decimals: number,
): bigint {
  const exact = sum(
    lines.map(({ size, entry, contractSize, mark }) =>
      mark === null ? ZERO : times(times(parse(size), parse(contractSize)), minus(parse(mark), parse(entry))),
    ),
  );
  return floor(times(exact, whole(10n ** BigInt(decimals))));
}
