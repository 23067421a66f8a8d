import { Column, getColumns, type InferSelectModel, type Table } from 'drizzle-orm';
import {
  accountState,
  accounts,
  fundEntries,
  haircutNotice,
  liquidationCloses,
  liquidations,
  lossEvents,
  marginAlerts,
  markets,
  outbox,
  poolRules,
  pools,
  positions,
  recoveries,
  returnedShares,
  reversals,
  settlementRoots,
  settlements,
  simulations,
  webhooks,
} from './schema.ts';

/*
 * Rows as the rest of the code sees them, typed and decoded by the one description of the tables. Statements that page
 * and batch are plain prepared SQL: a query builder's own mapping is what a read costs most (docs/decisions/0004).
 */

type Raw = Record<string, unknown>;

/** A raw row to a typed one; `known` is what was known of it before it was read. */
export type Decode<Row> = (raw: Raw, known?: Partial<Row>) => Row;

/**
 * Turns a raw row (column names, text) into a typed one (property names, bigints). Other columns are passed over, and what the
 * statement did not select stays undefined.
 *
 * @param known properties that are not read, but known before
 */
export function decoder<Row>(columns: Readonly<Record<string, Column>>): (raw: Raw) => Row;
export function decoder<Row>(
  columns: Readonly<Record<string, Column>>,
  known: readonly (keyof Row & string)[],
): Decode<Row>;
export function decoder<Row>(
  columns: Readonly<Record<string, Column>>,
  known: readonly (keyof Row & string)[] = [],
): Decode<Row> {
  const maps: ((value: unknown) => unknown)[] = [];
  const properties = Object.entries(columns).map(([property, column]) => {
    const raw = `raw[${JSON.stringify(column.name)}]`;
    // What the driver hands over as it shall be, as most columns are, costs no call.
    if (column.mapFromDriverValue === Column.prototype.mapFromDriverValue)
      return `${JSON.stringify(property)}: ${raw}`;
    maps.push(column.mapFromDriverValue.bind(column));
    return `${JSON.stringify(property)}: ${raw} == null ? ${raw} : maps[${maps.length - 1}](${raw})`;
  });
  for (const property of known)
    properties.push(`${JSON.stringify(property)}: known[${JSON.stringify(property)}]`);
  // A function of its own for each, with the names in it: a loop over names costs more than all else that a page does.
  return new Function('maps', `return (raw, known) => ({ ${properties.join(', ')} })`)(maps) as Decode<Row>;
}

type TableRow<T extends Table> = InferSelectModel<T>;

export type PoolRow = TableRow<typeof pools>;
export type MarketRow = TableRow<typeof markets>;
export type PositionRow = TableRow<typeof positions>;
export type FundEntryRow = TableRow<typeof fundEntries>;
export type LossEventRow = TableRow<typeof lossEvents>;
export type SettlementRow = TableRow<typeof settlements>;
export type PoolRulesRow = TableRow<typeof poolRules>;
export type LiquidationRow = TableRow<typeof liquidations>;
export type LiquidationCloseRow = TableRow<typeof liquidationCloses>;
export type SimulationRow = TableRow<typeof simulations>;
export type WebhookRow = TableRow<typeof webhooks>;
export type MarginAlertRow = TableRow<typeof marginAlerts> & {
  readonly accountRef: string;
  readonly accountOwner: string;
};
export type ReversalRow = TableRow<typeof reversals>;
/** A recovery with the sums of what it gave back, tier by tier. */
export type RecoveryRow = TableRow<typeof recoveries> &
  Pick<TableRow<typeof returnedShares>, 'recourse' | 'operatorCapital' | 'fundDraw' | 'socialized'>;
/** What a settlement with haircuts commits to. */
export type SettlementRoot = TableRow<typeof settlementRoots>;
export type OutboxRow = TableRow<typeof outbox>;
export type AccountRow = typeof accountState.$inferSelect;
export type HaircutRow = typeof haircutNotice.$inferSelect;

export const poolRow = decoder<PoolRow>(getColumns(pools));
export const marketRow = decoder<MarketRow>(getColumns(markets));
export const positionRow = decoder<PositionRow>(getColumns(positions));
export const fundEntryRow = decoder<FundEntryRow>(getColumns(fundEntries));
export const lossEventRow = decoder<LossEventRow>(getColumns(lossEvents));
export const settlementRow = decoder<SettlementRow>(getColumns(settlements));
export const settlementRootRow = decoder<SettlementRoot>(getColumns(settlementRoots));
export const poolRulesRow = decoder<PoolRulesRow>(getColumns(poolRules));
export const liquidationRow = decoder<LiquidationRow>(getColumns(liquidations));
export const liquidationCloseRow = decoder<LiquidationCloseRow>(getColumns(liquidationCloses));
export const simulationRow = decoder<SimulationRow>(getColumns(simulations));
export const webhookRow = decoder<WebhookRow>(getColumns(webhooks));
export const marginAlertRow = decoder<MarginAlertRow>({
  ...getColumns(marginAlerts),
  accountRef: accounts.ref,
  accountOwner: accounts.owner,
});
export const reversalRow = decoder<ReversalRow>(getColumns(reversals));
export const recoveryRow = decoder<RecoveryRow>({
  ...getColumns(recoveries),
  recourse: returnedShares.recourse,
  operatorCapital: returnedShares.operatorCapital,
  fundDraw: returnedShares.fundDraw,
  socialized: returnedShares.socialized,
});
export const outboxRow = decoder<OutboxRow>(getColumns(outbox));
export const accountRow = decoder<AccountRow>(getColumns(accountState) as Record<string, Column>);
export const haircutRow = decoder<HaircutRow>(getColumns(haircutNotice) as Record<string, Column>);
