/** Limits of money. Amounts are bigint atoms: integers of the settlement asset's smallest unit. */

/** The most fraction digits that an asset may have. */
export const MAX_ASSET_DECIMALS = 18;

/** The largest amount that one input may name, and the largest deficit, in atoms. */
export const MAX_AMOUNT = 10n ** 37n;

/** The largest balance that the ledger carries, in atoms: what numeric(38,0) holds. */
export const MAX_BALANCE = 10n ** 38n - 1n;

/** Prices, sizes and contract sizes stay below 10^20 units; this is that bound in units of 10^-18. */
export const MAX_QUANTITY = 10n ** 38n - 1n;

export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const abs = (a: bigint): bigint => (a < 0n ? -a : a);
