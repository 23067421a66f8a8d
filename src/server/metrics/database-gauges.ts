import { Gauge, type Registry } from 'prom-client';
import { type Figures, POOLS_SHOWN, type PoolFigures } from './figures.ts';

const OF_POOL = `of the ${POOLS_SHOWN} pools that need attention most`;
const ROUNDED = 'in units of the asset, rounded';

/** What each figure is called, for all pools of an asset together and for those that are shown by name. */
const FIGURES: readonly {
  readonly name: string;
  readonly help: string;
  readonly of: (figures: PoolFigures) => number;
}[] = [
  { name: 'fund', help: `Balance of insurance funds, ${ROUNDED}`, of: ({ fund }) => fund },
  {
    name: 'open_deficit',
    help: `Losses that no settlement has touched, ${ROUNDED}`,
    of: ({ openDeficit }) => openDeficit,
  },
  {
    name: 'uncovered',
    help: `What settlements left uncovered, ${ROUNDED}`,
    of: ({ uncovered }) => uncovered,
  },
  { name: 'open_losses', help: 'Losses that no settlement has touched', of: ({ openLosses }) => openLosses },
  {
    name: 'oldest_open_loss_seconds',
    help: 'Age of the oldest loss that no settlement has touched, 0 without one',
    of: ({ oldestOpenLoss }) => oldestOpenLoss,
  },
];

/**
 * The gauges of what the database says. Where it says nothing they have no value: an old one would look as if all were well.
 */
export function databaseGauges(registers: Registry[]): (figures: Figures | null) => void {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `shearwater_${name}`, help, labelNames, registers });
  const up = gauge('database_up', '1 where the database answered within two seconds, asked every five.');
  const took = gauge('database_answer_seconds', 'How long it took to answer what these metrics ask.');
  const lag = gauge(
    'outbox_lag_seconds',
    'For how long the oldest notice has waited in the outbox for this process to read it.',
  );
  const simulations = gauge('simulations', 'Simulations under way on all servers.', ['status']);
  const webhooks = gauge('webhooks', 'Webhooks of all pools: healthy, failing or disabled.', ['state']);
  const webhookLag = gauge(
    'webhook_lag_seconds',
    'For how long the oldest notice has waited for an enabled webhook that does not fail to take it, 0 where none waits.',
  );
  const pools = gauge('pools', 'Pools, by asset and status.', ['asset', 'status']);
  const halted = gauge('pool_halted', `1 where the pool is halted; ${OF_POOL}.`, ['asset', 'pool']);
  const series = FIGURES.map(({ name, help, of }) => ({
    of,
    byAsset: gauge(name, `${help}, of all pools of an asset.`, ['asset']),
    byPool: gauge(`pool_${name}`, `${help}, ${OF_POOL}.`, ['asset', 'pool']),
  }));
  const labelled = [
    simulations,
    webhooks,
    pools,
    halted,
    ...series.flatMap((each) => [each.byAsset, each.byPool]),
  ];

  return (figures) => {
    up.set(figures ? 1 : 0);
    for (const each of labelled) each.reset();
    for (const each of [took, lag, webhookLag]) each.remove();
    if (!figures) return;
    took.set(figures.took);
    lag.set(figures.outboxLag);
    simulations.set({ status: 'QUEUED' }, figures.simulations.queued);
    simulations.set({ status: 'RUNNING' }, figures.simulations.running);
    const { lag: waiting, ...byState } = figures.webhooks;
    webhookLag.set(waiting);
    for (const [state, count] of Object.entries(byState)) webhooks.set({ state }, count);
    for (const row of figures.pools) {
      const { asset, pool } = row;
      if (pool === null) {
        pools.set({ asset, status: 'ACTIVE' }, row.pools - row.halted);
        pools.set({ asset, status: 'HALTED' }, row.halted);
        for (const { of, byAsset } of series) byAsset.set({ asset }, of(row));
      } else {
        halted.set({ asset, pool }, row.halted);
        for (const { of, byPool } of series) byPool.set({ asset, pool }, of(row));
      }
    }
  };
}
