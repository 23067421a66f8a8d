import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { SamplingKind, SimulationModelInput, StartSimulationInput } from '../generated/graphql.ts';
import type { Options, Values } from '../kit/command.ts';
import { UsageError } from '../kit/errors.ts';

export const MODEL_OPTIONS = {
  volatility: {
    type: 'string',
    multiple: true,
    value: '[MARKET=]V',
    help: 'the annual volatility of a market, 0.8 for 80 %, or of all markets; repeat it for several',
  },
  correlation: { type: 'string', value: 'C', help: 'between any two markets, -1 to 1 (0)' },
  'degrees-of-freedom': {
    type: 'string',
    value: 'N',
    help: 'fat tails: Student-t shocks instead of Brownian motions; 3 to 5 for crypto assets',
  },
  days: { type: 'string', value: 'N', help: 'how long (1)' },
  steps: { type: 'string', value: 'N', help: 'in how many steps; losses are settled at the end of each (1)' },
  paths: { type: 'string', value: 'N', help: 'how many futures (10000)' },
  seed: { type: 'string', value: 'N', help: 'the same seed gives the same digits (1)' },
  sampling: { type: 'string', value: 'KIND', help: 'PSEUDO, ANTITHETIC or SOBOL (PSEUDO)' },
  slippage: { type: 'string', value: 'SHARE', help: 'what closing out costs, 0.002 for 0.2 % (0)' },
  file: {
    type: 'string',
    value: 'FILE',
    help: 'the input as JSON, - for standard input; what other options say counts before it',
  },
} as const satisfies Options;

type Given = Values<typeof MODEL_OPTIONS>;
type Input = Omit<StartSimulationInput, 'pool' | 'idempotencyKey'>;

const SAMPLING = ['PSEUDO', 'ANTITHETIC', 'SOBOL'] as const satisfies readonly SamplingKind[];

/** @param markets the pool's, for a volatility of all of them */
export async function readInput(given: Given, markets: readonly string[]): Promise<Input> {
  const file = given.file === undefined ? {} : await readInputFile(given.file);
  const model = given.volatility ? modelOf(given, given.volatility, markets) : file.model;
  if (!model) {
    const some = markets[0] ?? 'BTC';
    throw new UsageError(
      `Say how the markets move: --volatility 0.8 for all of them, --volatility ${some}=0.8 and so on for each, or --file with a model`,
    );
  }
  const { days, steps, paths, seed, sampling, slippage } = given;
  const kind = SAMPLING.find((each) => each === sampling);
  if (sampling !== undefined && !kind)
    throw new UsageError(`--sampling must be one of ${SAMPLING.join(', ')}`);
  return {
    ...file,
    model,
    ...(days === undefined ? {} : { horizonDays: number('days', days) }),
    ...(steps === undefined ? {} : { steps: number('steps', steps) }),
    ...(paths === undefined ? {} : { paths: number('paths', paths) }),
    ...(seed === undefined ? {} : { seed }),
    ...(kind ? { sampling: kind } : {}),
    ...(slippage === undefined ? {} : { slippage }),
  };
}

function modelOf(given: Given, words: readonly string[], all: readonly string[]): SimulationModelInput {
  const volatilities = new Map<string, number>();
  for (const word of words) {
    // The value has no =, while a market's symbol may.
    const [, market, value = ''] = /^(?:(.+)=)?([^=]*)$/.exec(word) ?? [];
    for (const name of market === undefined ? all : [market])
      volatilities.set(name, number('volatility', value));
  }
  const markets = [...volatilities].map(([market, volatility]) => ({ market, volatility }));
  const off = given.correlation === undefined ? null : number('correlation', given.correlation);
  const correlation =
    off === null ? null : markets.map((_, row) => markets.map((_, column) => (row === column ? 1 : off)));
  const freedom = given['degrees-of-freedom'];
  return freedom === undefined
    ? { gbm: { markets, correlation } }
    : { studentT: { markets, correlation, degreesOfFreedom: number('degrees-of-freedom', freedom) } };
}

/** A parameter of a model: nothing that is money. */
function number(option: string, given: string): number {
  if (/^-?\d{1,9}(\.\d{1,15})?$/.test(given)) return Number(given);
  throw new UsageError(`--${option} '${given}' is no number: write for example 0.8`);
}

async function readInputFile(file: string): Promise<Partial<Input>> {
  const content = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch(
    (error: Error) => {
      throw new UsageError(`Cannot read --file: ${error.message.split(',')[0]}`);
    },
  );
  const name = file === '-' ? 'standard input' : file;
  const refuse = (): never => {
    throw new UsageError(`What is in ${name} is no JSON object: it is the input of startSimulation`);
  };
  let input: unknown;
  try {
    input = JSON.parse(content);
  } catch {
    refuse();
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return refuse();
  const { pool: _, idempotencyKey: __, ...rest } = input as StartSimulationInput;
  return rest;
}
