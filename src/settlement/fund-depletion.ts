import { max } from '../core/money.ts';
import { type Path, Refusal } from '../core/refusal.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { approximate } from '../margin/book/approximate.ts';
import type { Estimate } from '../simulation/engine/estimate.ts';
import { pathsWithin, ruinProbability, ruinProbabilityWithin, simulateRuin } from '../simulation/ruin.ts';
import { sampler } from '../simulation/sampling/sampler.ts';
import { checkAmount } from './check.ts';
import { readPool } from './locked-pool.ts';
import { readSeed } from './simulation-input.ts';

export interface FundDepletionInput {
  readonly pool: string;
  readonly inflowPerDay?: string | null;
  readonly claimsPerDay?: number | null;
  readonly meanClaim?: string | null;
  readonly days?: number | null;
  readonly paths?: number | null;
  readonly seed?: string | null;
}

/** Amounts in units of the asset, but for `initial`, which is in atoms. */
export interface FundDepletion {
  readonly poolId: number;
  readonly initial: bigint;
  readonly inflowPerDay: number;
  readonly claimsPerDay: number;
  readonly meanClaim: number;
  readonly ruinProbability: number;
  readonly ruinProbabilityWithin: number;
  readonly simulated: Estimate;
}

/** Days that what is not given is taken from. */
const LOOK_BACK = 30;
const MAX_PATHS = 100_000;
/** Claims of all paths together. */
const MOST_CLAIMS = 4_000_000;
const DEFAULT_PATHS = 10_000;
const MAX_CLAIMS_A_DAY = 100_000;

/** How likely a pool's fund is to run dry (simulation/ruin.ts). What the caller leaves out is what the last 30 days had. */
export async function fundDepletion(
  { db, clock }: { readonly db: Database; readonly clock: { now(): string } },
  input: FundDepletionInput,
): Promise<FundDepletion> {
  const at = (field: string): Path => ['input', field];
  const invalid = (message: string, field: string) => new Refusal('INVALID_INPUT', message, at(field));
  const days = input.days ?? 365;
  if (days < 1 || days > 3_650) throw invalid('The days are from 1 to 3650: ask for fewer.', 'days');
  if (input.paths != null && (input.paths < 1 || input.paths > MAX_PATHS))
    throw invalid(`The paths are from 1 to ${MAX_PATHS}: ask for fewer.`, 'paths');
  const seed = readSeed(input.seed);
  const { pool, history } = await inTransaction(db, 'repeatable read read only', async (sql) => {
    const pool = await readPool(sql, input.pool);
    const [sums] = await sql<{ inflow: string; draws: string; claims: string }[]>`
      select coalesce(sum(amount) filter (where amount > 0), 0) as inflow,
             coalesce(-sum(amount) filter (where kind = 'LOSS_DRAW'), 0) as draws,
             count(*) filter (where kind = 'LOSS_DRAW') as claims
      from fund_entries where pool_id = ${pool.poolId}
        and created_at >= ${clock.now()}::timestamptz - ${LOOK_BACK}::int * interval '1 day'`;
    return { pool, history: sums! };
  });
  const { decimals } = pool;
  const amount = (atoms: bigint) => approximate(atoms, decimals);
  const given = (text: string | null | undefined, field: string, least: bigint): number | null => {
    if (text == null) return null;
    const atoms = checkAmount(text, decimals, at(field));
    if (atoms < least) throw invalid(`${field} is ${least > 0n ? 'above' : 'at least'} 0.`, field);
    return amount(atoms);
  };
  const claims = BigInt(history.claims);
  const claimsPerDay = input.claimsPerDay ?? approximate(claims, 0) / LOOK_BACK;
  if (!(claimsPerDay >= 0 && claimsPerDay <= MAX_CLAIMS_A_DAY))
    throw invalid(`claimsPerDay is from 0 to ${MAX_CLAIMS_A_DAY}.`, 'claimsPerDay');
  // Where nobody says, no more than that takes a second or two.
  const paths = input.paths ?? pathsWithin(MOST_CLAIMS / (claimsPerDay * days), DEFAULT_PATHS);
  if (claimsPerDay * days * paths > MOST_CLAIMS)
    throw invalid('These are too many losses to draw: ask for fewer paths, or fewer days.', 'paths');
  const past = claims > 0n ? amount(BigInt(history.draws)) / approximate(claims, 0) : null;
  const meanClaim = given(input.meanClaim, 'meanClaim', 1n) ?? past;
  if (meanClaim === null)
    throw invalid(
      'No loss reached the fund in the last 30 days: name a meanClaim, and how many claimsPerDay.',
      'meanClaim',
    );
  const initial = max(0n, pool.fundBalance - pool.rules.fundReserve);
  const process = {
    initial: amount(initial),
    inflow: given(input.inflowPerDay, 'inflowPerDay', 0n) ?? amount(BigInt(history.inflow)) / LOOK_BACK,
    rate: claimsPerDay,
    meanClaim,
  };
  const { probability, standardError } = simulateRuin(
    process,
    { mean: meanClaim },
    days,
    paths,
    uniforms(seed),
  );
  return {
    poolId: pool.poolId,
    initial,
    inflowPerDay: process.inflow,
    claimsPerDay,
    meanClaim,
    ruinProbability: ruinProbability(process),
    ruinProbabilityWithin: ruinProbabilityWithin(process, days),
    simulated: { value: probability, standardError },
  };
}

const CHUNK = 4_096;

/** One number after the other, by the seed. */
function uniforms(seed: bigint): () => number {
  const batch = sampler('PSEUDO', seed, 1).batch(0);
  const numbers = new Float64Array(CHUNK);
  let next = CHUNK;
  return () => {
    if (next === CHUNK) {
      batch.next(CHUNK, numbers);
      next = 0;
    }
    return numbers[next++]!;
  };
}
