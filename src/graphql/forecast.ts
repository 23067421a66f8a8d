import { inTransaction } from '../db/database.ts';
import { type Forecast, type ForecastScore, readForecastScore } from '../settlement/forecasts.ts';
import { access, builder } from './builder.ts';
import { namedPool } from './named-pool.ts';
import { SettlementRef } from './refs.ts';

/** How well simulations foretold what came. */

const ForecastLevel = builder.objectRef<ForecastScore['levels'][number]>('ForecastLevel').implement({
  fields: (t) => ({ level: t.exposeFloat('level'), observed: t.exposeFloat('observed') }),
});

const SettlementForecast = builder.objectRef<Forecast>('SettlementForecast').implement({
  fields: (t) => ({
    settlement: t.field({
      type: SettlementRef,
      resolve: async (row, _, { loaders }) => (await loaders.settlement.load(row))!,
    }),
    rate: t.field({ type: 'Decimal', resolve: ({ rate }) => rate }),
    rank: t.field({ type: 'Decimal', resolve: ({ rank }) => rank }),
  }),
});

const ForecastScoreType = builder.objectRef<ForecastScore>('ForecastScore').implement({
  fields: (t) => ({
    settlements: t.exposeInt('settlements'),
    meanRank: t.exposeFloat('meanRank', { nullable: true }),
    levels: t.field({ type: [ForecastLevel], resolve: ({ levels }) => levels }),
    kolmogorovSmirnov: t.exposeFloat('kolmogorovSmirnov', { nullable: true }),
    pValue: t.exposeFloat('pValue', { nullable: true }),
    recent: t.field({ type: [SettlementForecast], resolve: ({ recent }) => recent }),
  }),
});

builder.queryField('forecastScore', (t) =>
  t.field({
    type: ForecastScoreType,
    args: { pool: t.arg.string({ required: true }) },
    ...access('read'),
    resolve: async (_, { pool: name }, context) => {
      const { poolId } = await namedPool(context, name);
      return inTransaction(context.db, 'repeatable read read only', (sql) => readForecastScore(sql, poolId));
    },
  }),
);
