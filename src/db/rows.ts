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

/**
 * Turns a raw row (column names, text) into a typed one (property names, bigints). Other columns are passed over, and what the
 * statement did not select stays undefined.
 */
export function decoder<Row>(columns: Record<string, Column>): (raw: Raw) => Row {
  const fields = Object.entries(columns).map(([property, column]) => ({
    property,
    name: column.name,
    column,
    // What the driver hands over as it shall be, as most columns are, costs no call.
    plain: column.mapFromDriverValue === Column.prototype.mapFromDriverValue,
  }));
  return (raw) => {
    const row: Raw = {};
    for (const { property, name, column, plain } of fields) {
      const value = raw[name];
      row[property] = value == null || plain ? value : column.mapFromDriverValue(value);
    }
    return row as Row;
  };
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
