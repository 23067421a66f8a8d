import { Piscina } from 'piscina';
import type { LossRules } from '../../src/core/rules.ts';
import type { SimulationBook } from '../../src/simulation/book.ts';
import type { BatchResult } from '../../src/simulation/engine/batch.ts';
import { mergeInOrder } from '../../src/simulation/engine/in-order.ts';
import { RunTotals } from '../../src/simulation/engine/results.ts';
import { planOf, type RunSpec } from '../../src/simulation/engine/spec.ts';
import type { BatchTask } from '../../src/simulation/worker.ts';
import { timed } from './bench.ts';
import { VOLATILITY } from './simulation-book.ts';

const DECIMALS = 6;
const rules: LossRules = {
  tiers: ['OWN_COLLATERAL', 'OPERATOR_CAPITAL', 'INSURANCE_FUND', 'SOCIALIZATION'],
  fundReserve: 0n,
  fundCap: 50_000n * 10n ** 6n,
  operatorCap: 100n * 10n ** 6n,
  method: 'PRO_RATA',
  profitBasis: 'UNREALIZED',
  maxHaircutRate: 8n * 10n ** 17n,
  scope: 'POOL',
  overflow: 'POOL',
  leverageExponent: 1,
  maxLeverage: null,
};

/** Milliseconds of a run as a server makes it: batches in threads, merged in their order, to all that it answers. */
export async function simulateWhole(
  book: SimulationBook,
  fund: number,
  paths: number,
  threads: number,
): Promise<number> {
  const { marketCount } = book;
  const ofEach = <T>(value: T): T[] => Array.from({ length: marketCount }, () => value);
  const spec: RunSpec = {
    model: {
      kind: 'GBM',
      horizonDays: 1,
      steps: 1,
      drifts: ofEach(0),
      vols: ofEach(VOLATILITY * Math.sqrt(365)),
      correlation: ofEach(0).map((_, i) => ofEach(0.5).map((half, k) => (i === k ? 1 : half))),
      tail: null,
    },
    sampling: 'PSEUDO',
    seed: 1n,
    paths,
    rules,
    fundBalance: BigInt(Math.round(fund * 10 ** DECIMALS)),
    decimals: DECIMALS,
    closing: { closeOutAt: 'BELOW_ZERO', slippage: 0.001 },
    levels: [0.95, 0.99],
    fundSizes: [0, 0.5, 1, 2, 4].map((times) => times * fund),
    methods: [],
  };
  const pool = new Piscina<BatchTask, BatchResult>({
    filename: new URL('../../src/simulation/worker.ts', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
  });
  try {
    return await timed(async () => {
      const totals = new RunTotals(spec, book);
      await mergeInOrder(totals, planOf(spec).batches, threads, (batch) =>
        pool.run({ run: 'bench', spec, book, batch }),
      );
      totals.accounts.finish();
      totals.haircutsAtRisk();
      totals.finish();
    });
  } finally {
    await pool.destroy();
  }
}
