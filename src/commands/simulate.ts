import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CancelDocument,
  MarketsOfDocument,
  SimulateDocument,
  SimulationOutcomeDocument,
  SimulationStateDocument,
} from './generated/graphql.ts';
import { openApi, SERVER_OPTIONS } from './kit/access.ts';
import { type Api, accepted, found } from './kit/api.ts';
import { defineCommand, EXIT, JSON_OPTION } from './kit/command.ts';
import { RefusedError } from './kit/errors.ts';
import { printJson, tell } from './kit/output.ts';
import { Progress } from './kit/progress.ts';
import { MODEL_OPTIONS, readInput } from './simulate/input.ts';
import { showOutcome } from './simulate/outcome.ts';

const LOOK_EVERY_MS = 500;

export const simulate = defineCommand({
  name: 'simulate',
  words: ['POOL'],
  summary: 'says what losses may come, and who would bear them',
  about: `Runs thousands of futures on the server, over the pool as it stands, and prints what they come to, each with
its standard error. Either options say how the markets move, or --file holds the input of the mutation
startSimulation as JSON (docs/quant.md), of which the pool and the key are left out. Ctrl-C cancels it.`,
  options: {
    ...MODEL_OPTIONS,
    key: {
      type: 'string',
      value: 'KEY',
      help: 'the idempotency key: with the same key and input the same simulation answers, and none is run anew',
    },
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
  },
  examples: [
    ['simulate usd-perps --volatility 0.8', 'a day, all markets alike'],
    [
      'simulate usd-perps --volatility BTC=0.6 --volatility ETH=0.8 --correlation 0.8 --days 7 --paths 100000',
      'a week, market by market',
    ],
    ['simulate usd-perps --file bootstrap.json --json', 'any model that the API has'],
  ],
  async run({ options, words }) {
    const pool = words[0]!;
    const api = await openApi(options);
    const { asset, markets } = found((await api.ask(MarketsOfDocument, { pool })).pool, `pool ${pool}`);
    const own = await readInput(
      options,
      markets.map(({ symbol }) => symbol),
    );
    const input = { ...own, pool, idempotencyKey: options.key ?? `simulate-${randomUUID()}` };
    // Before it is asked for: who stops waiting for the answer leaves no simulation behind either.
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const { id } = accepted((await api.ask(SimulateDocument, { input })).startSimulation);
    await untilDone(api, id, stop.signal);
    const simulation = found(
      (await api.ask(SimulationOutcomeDocument, { id })).simulation,
      'such simulation',
    );
    await (options.json ? printJson(simulation) : showOutcome(simulation, asset));
    return EXIT.FINE;
  },
});

/** Waits for the end; cancels what nobody waits for any more. */
async function untilDone(api: Api, id: string, stop: AbortSignal): Promise<void> {
  const progress = new Progress('Simulating');
  try {
    for (;;) {
      const state = found((await api.ask(SimulationStateDocument, { id })).simulation, 'such simulation');
      const { status, progress: share, problem } = state;
      if (status === 'DONE') return;
      if (status === 'FAILED') throw new RefusedError('FAILED', problem ?? 'The simulation failed.');
      if (status === 'CANCELLED') throw new RefusedError('CANCELLED', 'The simulation was cancelled.');
      progress.show(share, status === 'QUEUED' ? 'waits for its turn' : `${Math.floor(share * 100)} %`);
      await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => {});
      if (stop.aborted) {
        const ended = accepted((await api.ask(CancelDocument, { id })).cancelSimulation);
        progress.end();
        tell('Cancelling the simulation.');
        if (ended.status !== 'DONE') throw new RefusedError('CANCELLED', 'The simulation was cancelled.');
      }
    }
  } finally {
    progress.end();
  }
}
