import type { Path } from '../../core/refusal.ts';
import { exp } from '../sampling/elementary.ts';
import {
  checkCount,
  checkDimensions,
  checkDrifts,
  checkHorizon,
  checkNumber,
  type Horizon,
  invalid,
} from './check.ts';
import type { PathBlock, PriceModel } from './model.ts';
import { checkReturns, returnOfGrowth } from './returns.ts';

/**
 * Paths of past returns: blocks of rows that follow each other in the history, each begun anywhere in it with equal probability
 * (moving blocks; H. Künsch, Annals of Statistics 17, 1989). A row is taken whole, so that markets hang together as they did.
 */
export interface BootstrapSpec extends Horizon {
  readonly kind: 'BOOTSTRAP';
  /** Rows by date, columns by market: simple returns, above −1 and at most 10^6. Up to 100,000 rows and 10 million entries. */
  readonly history: readonly (readonly number[])[];
  /** How many days a row spans. A step takes horizonDays ÷ steps ÷ rowDays rows, a whole number. */
  readonly rowDays: number;
  /** How many rows are taken in a row, from 1 to 1,000; more than 1 keeps the clustering of large returns. */
  readonly blockLength: number;
  /** Annual drifts μ, as in the other models: returns are scaled so that E[P(t)] = P₀ e^(μt) at each step's end. null leaves the history's. */
  readonly drifts: readonly number[] | null;
}

const MAX_ROWS = 100_000;
const MAX_ENTRIES = 10_000_000;
const MAX_ROWS_A_PATH = 100_000;
/** How many multiplications the means of all blocks may take. */
const MAX_WORK = 1_000_000_000;

/** @throws Refusal with the path of what is wrong in the spec */
export function bootstrap(spec: BootstrapSpec, path: Path): PriceModel {
  const { steps, blockLength } = spec;
  checkHorizon(spec, path);
  const markets = checkHistory(spec.history, [...path, 'history']);
  const rowsAStep = checkRows(spec, path);
  const rows = rowsAStep * steps;
  const starts = spec.history.length - blockLength + 1;
  const dimensions = Math.ceil(rows / blockLength);
  checkDimensions(dimensions, path);
  const growth = new Float64Array(spec.history.length * markets);
  for (const [i, row] of spec.history.entries()) {
    for (const [m, value] of row.entries()) growth[i * markets + m] = 1 + value;
  }
  const scales = scalesOf(spec, growth, markets, rowsAStep, path);
  const price = new Float64Array(markets);
  return {
    marketCount: markets,
    stepCount: steps,
    dimensions,
    draw(uniforms: Float64Array, paths: number, into: PathBlock): void {
      into.weights.fill(1, 0, paths);
      for (let p = 0; p < paths; p++) {
        price.fill(1);
        let row = 0;
        for (let t = 0; t < rows; t++, row++) {
          if (t % blockLength === 0) {
            // Rounding may make u × starts the number of starts itself.
            row = Math.min(Math.floor(uniforms[(t / blockLength) * paths + p]! * starts), starts - 1);
          }
          for (let m = 0; m < markets; m++) price[m]! *= growth[row * markets + m]!;
          if ((t + 1) % rowsAStep !== 0) continue;
          const step = (t + 1) / rowsAStep - 1;
          const returns = into.steps[step]!;
          for (let m = 0; m < markets; m++) {
            returns[m * paths + p] = returnOfGrowth(price[m]! * scales[step * markets + m]!);
          }
        }
      }
    },
  };
}

/**
 * By step and market: what brings the expected price to e^(μt), or 1. Blocks are independent, so the expected growth of rows is the
 * product of that of their blocks, each the mean over all places that it may begin at; the last block may be a part of one.
 */
function scalesOf(
  { steps, blockLength, drifts, history, rowDays }: BootstrapSpec,
  growth: Float64Array,
  markets: number,
  rowsAStep: number,
  path: Path,
): Float64Array {
  const scales = new Float64Array(steps * markets).fill(1);
  if (!drifts) return scales;
  checkDrifts(drifts, markets, [...path, 'drifts']);
  const starts = history.length - blockLength + 1;
  const longest = Math.min(blockLength, steps * rowsAStep);
  if (starts * longest * markets > MAX_WORK) {
    throw invalid('The mean of so many blocks takes too long to find: shorten the history or the blocks.', [
      ...path,
      'blockLength',
    ]);
  }
  for (let m = 0; m < markets; m++) {
    // The mean growth over the first 0, 1, … rows of a block.
    const means = new Float64Array(longest + 1);
    for (let start = 0; start < starts; start++) {
      let product = 1;
      means[0]! += 1 / starts;
      for (let k = 1; k <= longest; k++) {
        product *= growth[(start + k - 1) * markets + m]!;
        means[k]! += product / starts;
      }
    }
    let whole = 1;
    for (let t = 1; t <= steps * rowsAStep; t++) {
      const mean = whole * (t % blockLength === 0 ? means[blockLength]! : means[t % blockLength]!);
      if (t % blockLength === 0) whole = mean;
      if (t % rowsAStep !== 0) continue;
      const years = (t * rowDays) / 365;
      const scale = exp(drifts[m]! * years) / mean;
      checkNumber(scale, `The drift of market ${m} against its history's`, 1e-300, 1e300, [
        ...path,
        'drifts',
        m,
      ]);
      scales[(t / rowsAStep - 1) * markets + m] = scale;
    }
  }
  return scales;
}

function checkHistory(history: readonly (readonly number[])[], path: Path): number {
  const markets = checkReturns(history, 'history', MAX_ROWS, path);
  checkCount(history.length * markets, 'The number of entries of the history', 1, MAX_ENTRIES, path);
  return markets;
}

/** How many rows a step takes. */
function checkRows({ horizonDays, steps, rowDays, blockLength, history }: BootstrapSpec, path: Path): number {
  checkNumber(rowDays, 'The number of days a row spans', 1e-4, 3_650, [...path, 'rowDays']);
  const exact = horizonDays / steps / rowDays;
  const rowsAStep = Math.round(exact);
  if (rowsAStep < 1 || Math.abs(exact - rowsAStep) > 1e-9 * exact) {
    throw invalid(
      `A step takes ${exact} rows of the history: choose the horizon, the steps and the days a row spans so that it is a whole number.`,
      [...path, 'rowDays'],
    );
  }
  checkCount(rowsAStep * steps, 'The number of rows a path takes', 1, MAX_ROWS_A_PATH, [...path, 'rowDays']);
  checkCount(blockLength, 'The length of a block', 1, Math.min(history.length, 1_000), [
    ...path,
    'blockLength',
  ]);
  return rowsAStep;
}
