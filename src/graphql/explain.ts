import { formatScaled, trimDecimal } from '../core/decimal.ts';
import type { HaircutNoticeRow } from '../outbox/read.ts';
import { amount } from './amounts.ts';
import type { Context } from './context.ts';

/** How a method shares a loss, after "that is shared". */
const SHARED = {
  PRO_RATA: 'in proportion to profit',
  RISK_WEIGHTED: 'in proportion to profit and leverage',
  CONSTRAINED_EQUAL_LOSSES: 'in equal amounts, as far as each profit goes',
  CONSTRAINED_EQUAL_AWARDS: 'so that all keep the same amount, as far as each profit goes',
  TALMUD: 'by the Talmud rule: equal amounts up to half of each profit, then so that all keep the same',
  OPEN_INTEREST: 'in proportion to open interest',
  ADL_QUEUE: 'by the auto-deleveraging queue: those with the highest profit rate and leverage give up first',
} as const;

/** Why a pro rata haircut is not the plain share of the loss, where it is not: caps move what they hold back to others. */
function deviation(amount: bigint, share: bigint, cap: bigint): string {
  if (amount === share) return '';
  if (amount === share + 1n) return ', and one smallest unit of those that rounding down left over';
  if (amount === cap) return ', held at the most that the rules take from it';
  return ', and more because others are held at the most that the rules take from them';
}

/** One sentence for people; where the loss was shared pro rata by the whole pool, with the sum to check it by. */
export function explain(context: Context, { haircut, settlement, kind }: HaircutNoticeRow): string {
  const { asset } = context.pools.get(haircut.poolId);
  const print = (atoms: bigint) => amount(context, haircut.poolId, atoms);
  const { accountRef: account, restores } = haircut;
  if (kind === 'REFUND') {
    return (
      `Account ${account} gets back ${print(-haircut.amount)} ${asset} of the haircut that it bore at sequence ${restores}, ` +
      `because money came back from the bankrupt account.`
    );
  }
  if (kind === 'REVERSAL') {
    return (
      `Account ${account} gets back ${print(-haircut.amount)} ${asset}, the whole haircut that it bore at sequence ` +
      `${restores}, because an administrator took that settlement back; its losses are open again.`
    );
  }
  const profit = haircut.profit!;
  const percent = trimDecimal(formatScaled((haircut.amount * 1_000_000n) / profit, 4));
  const gaveUp = `Account ${account} gave up ${print(haircut.amount)} ${asset}, ${percent} % of its profit of ${print(profit)}`;
  if (haircut.recourse !== null) {
    return (
      `${gaveUp}: ${print(haircut.recourse)} because another account of its owner went bankrupt, and ` +
      `${print(haircut.amount - haircut.recourse)} as its share of what is socialized.`
    );
  }
  const { method, byPool, byMarkets } = settlement;
  const among = byMarkets ? 'first among those who won in the markets where it was lost, ' : '';
  const because =
    `${gaveUp}, because bankrupt accounts lost ${print(settlement.socialized)} more than their collateral and the ` +
    `insurance fund covered, and that is shared ${among}${SHARED[method]}`;
  if (method !== 'PRO_RATA' || byMarkets || !byPool || haircut.amount > haircut.cap!) return `${because}.`;
  const { loss, profitTotal } = byPool;
  const share = (loss * profit) / profitTotal;
  return (
    `${because} (${print(loss)} × ${print(profit)} ÷ ${print(profitTotal)} = ${print(share)}` +
    `${deviation(haircut.amount, share, haircut.cap!)}).`
  );
}
