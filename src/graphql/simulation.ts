import { mayUsePool } from '../auth/viewer.ts';
import { Refusal } from '../core/refusal.ts';
import type { SimulationRow } from '../db/rows.ts';
import { findable } from '../settlement/locked-pool.ts';
import { watchSimulation } from '../settlement/simulation-watch.ts';
import {
  cancelSimulation,
  readSimulationRow,
  type SimulationKey,
  startSimulation,
} from '../settlement/simulations.ts';
import { poolName } from './amounts.ts';
import { access, builder } from './builder.ts';
import { type Context, renewLoaders } from './context.ts';
import { badUserInput } from './errors.ts';
import { PoolRef, typed } from './refs.ts';
import { orRefusal, resultType } from './refusals.ts';
import { StartSimulationInput } from './simulation-inputs.ts';
import { outcomeOf, SimulationResult } from './simulation-result.ts';

const SimulationStatus = builder.enumType('SimulationStatus', {
  values: ['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'] as const,
});

const Simulation = builder.objectRef<SimulationRow>('Simulation').implement({
  fields: (t) => ({
    id: t.id({ resolve: (row, _, context) => idOf(poolName(context, row.poolId), row.simulationNo) }),
    pool: t.field({ type: PoolRef, resolve: async (row, _, { loaders }) => (await loaders.pool.load(row))! }),
    status: t.expose('status', { type: SimulationStatus }),
    sequence: t.expose('sequence', { type: 'Sequence' }),
    accountCount: t.exposeInt('accounts'),
    progress: t.float({ resolve: ({ batches, batchesDone }) => batchesDone / batches }),
    problem: t.exposeString('problem', { nullable: true }),
    result: t.field({ type: SimulationResult, nullable: true, resolve: outcomeOf }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
  }),
});

/** An id is the pool's name and the simulation's number in it. */
const idOf = (pool: string, simulationNo: number): string =>
  Buffer.from(JSON.stringify(['Simulation', pool, String(simulationNo)])).toString('base64url');

/** The simulation of an id that the caller may read; null where there is none. */
async function find({ db, loaders, viewer, pools }: Context, id: string): Promise<SimulationRow | null> {
  let keys: unknown;
  try {
    keys = JSON.parse(Buffer.from(id, 'base64url').toString());
  } catch {
    return null;
  }
  if (!Array.isArray(keys) || keys.length !== 3 || keys[0] !== 'Simulation') return null;
  const [, name, no] = keys as [string, unknown, unknown];
  if (typeof name !== 'string' || typeof no !== 'string' || !/^[1-9]\d{0,8}$/.test(no)) return null;
  if (!findable(name) || !mayUsePool(viewer!, name)) return null;
  const pool = await loaders.poolByName.load(name);
  if (!pool) return null;
  await pools.resolve([pool.poolId]);
  return readSimulationRow(db, { poolId: pool.poolId, simulationNo: Number(no) });
}

const started = resultType('StartSimulationResult', Simulation, [
  'NOT_FOUND',
  'INVALID_INPUT',
  'LIMIT_EXCEEDED',
  'IDEMPOTENCY_CONFLICT',
]);
const cancelled = resultType('CancelSimulationResult', Simulation, ['NOT_FOUND']);

builder.queryField('simulation', (t) =>
  t.field({
    type: Simulation,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    ...access('analyze'),
    resolve: (_, { id }, context) => find(context, id),
  }),
);

builder.mutationFields((t) => ({
  startSimulation: t.field({
    type: started.union,
    args: { input: t.arg({ type: StartSimulationInput, required: true }) },
    ...access('analyze'),
    resolve: (_, { input }, context) =>
      orRefusal(context, started.codes, async () => {
        const row = await startSimulation(context, input as never, context.viewer!.subject);
        context.simulations.wake();
        await context.pools.resolve([row.poolId]);
        return typed('Simulation', row);
      }),
  }),
  cancelSimulation: t.field({
    type: cancelled.union,
    args: { id: t.arg.id({ required: true }) },
    ...access('analyze'),
    resolve: (_, { id }, context) =>
      orRefusal(context, cancelled.codes, async () => {
        const row = await find(context, id);
        if (!row) throw new Refusal('NOT_FOUND', 'There is no simulation of that id: mend the id.', ['id']);
        const ended = await cancelSimulation(context, row);
        context.simulations.cancelled(row);
        return typed('Simulation', ended);
      }),
  }),
}));

builder.subscriptionField('simulationProgress', (t) =>
  t.field({
    type: Simulation,
    args: { id: t.arg.id({ required: true }) },
    ...access('analyze'),
    subscribe: async (_, { id }, context) => {
      const row = await find(context, id);
      if (!row) throw badUserInput('There is no simulation of that id: mend the id.');
      const { viewer, transport } = context;
      return watchSimulation(
        context.db,
        row as SimulationKey,
        transport.endsWithToken ? null : viewer!.expiresAt * 1_000,
      );
    },
    resolve: (row: SimulationRow, _, context) => {
      renewLoaders(context);
      return row;
    },
  }),
);
