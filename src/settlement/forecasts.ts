import { formatScaled, ONE, SCALE } from '../core/decimal.ts';
import { approximate } from '../margin/book/approximate.ts';
import { kolmogorovSmirnov, kolmogorovTail } from '../simulation/calibration.ts';
import { distributionName, readDistribution } from '../simulation/engine/stored.ts';
import type { PoolTransaction, Sql } from './transaction.ts';

/**
 * Keeps what the pool's last simulation had said of a settlement's haircut rate: where the rate ranks among those of its paths with
 * socialization. Nothing where there was no simulation, or it saw no socialization, or winners bear nothing.
 *
 * @param socialized and profitTotal in atoms
 */
export async function writeForecast(
  { sql, pool }: Pick<PoolTransaction, 'sql' | 'pool'>,
  sequence: bigint,
  { socialized, profitTotal }: { readonly socialized: bigint; readonly profitTotal: bigint },
): Promise<void> {
  if (socialized === 0n) return;
  const [last] = await sql<{ simulation_no: number; data: Uint8Array }[]>`
    select s.simulation_no, d.data from simulations s
    join simulation_data d on d.pool_id = s.pool_id and d.simulation_no = s.simulation_no and d.name = ${distributionName('rate')}
    where s.pool_id = ${pool.poolId} and s.status = 'DONE' order by s.simulation_no desc limit 1`;
  if (!last) return;
  const rate = (socialized * ONE) / profitTotal;
  const foretold = readDistribution(Buffer.from(last.data).toString());
  const rank = foretold.rankAmongPositive(approximate(rate, SCALE));
  if (!rank) return;
  await sql`
    insert into settlement_forecasts (pool_id, sequence, simulation_no, rate, low, high)
    values (${pool.poolId}, ${sequence.toString()}, ${last.simulation_no}, ${formatScaled(rate, SCALE)},
            round(${rank.low}::float8::numeric, 18), round(${rank.high}::float8::numeric, 18))`;
}

export interface Forecast {
  readonly poolId: number;
  readonly sequence: bigint;
  /** Decimal text, 0 to 1. */
  readonly rate: string;
  readonly rank: string;
}

export interface ForecastScore {
  readonly settlements: number;
  readonly meanRank: number | null;
  readonly levels: readonly { readonly level: number; readonly observed: number }[];
  readonly kolmogorovSmirnov: number | null;
  readonly pValue: number | null;
  readonly recent: readonly Forecast[];
}

const LEVELS = [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
const RECENT = 100;
/** More than these are not looked at: the latest count. */
const MOST = 10_000;

/** How the ranks of a pool's settlements lie. A settlement that was reversed has its forecast still: it came as it was foretold, or not. */
export async function readForecastScore(sql: Sql, poolId: number): Promise<ForecastScore> {
  const rows = await sql<{ sequence: string; rate: string; rank: string; place: number }[]>`
    select sequence, trim_scale(rate)::text as rate, trim_scale((low + high) / 2)::text as rank,
           ((low + high) / 2)::float8 as place
    from settlement_forecasts where pool_id = ${poolId} order by sequence desc limit ${MOST}`;
  const ranks = rows.map(({ place }) => place).sort((a, b) => a - b);
  const n = ranks.length;
  const distance = n === 0 ? null : kolmogorovSmirnov(ranks);
  return {
    settlements: n,
    meanRank: n === 0 ? null : ranks.reduce((sum, rank) => sum + rank, 0) / n,
    levels:
      n === 0
        ? []
        : LEVELS.map((level) => ({ level, observed: ranks.filter((rank) => rank <= level).length / n })),
    kolmogorovSmirnov: distance,
    pValue: distance === null ? null : kolmogorovTail(distance, n),
    recent: rows.slice(0, RECENT).map(({ sequence, rate, rank }) => ({
      poolId,
      sequence: BigInt(sequence),
      rate,
      rank,
    })),
  };
}
