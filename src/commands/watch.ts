import { openApi, SERVER_OPTIONS } from './kit/access.ts';
import { found } from './kit/api.ts';
import { defineCommand, EXIT, JSON_OPTION } from './kit/command.ts';
import { UsageError } from './kit/errors.ts';
import { plain, print, printJson, tell } from './kit/output.ts';
import { haircutLine, lossLine } from './watch/lines.ts';
import { Place } from './watch/place.ts';

export const watch = defineCommand({
  name: 'watch',
  words: ['POOL'],
  summary: 'tells losses and haircuts as they come, and misses none',
  about: `A line for each loss, settlement, recovery and haircut, in the order of the pool's sequence. When the connection
breaks it goes on from where it was. Ctrl-C ends it, and says how to go on later.`,
  options: {
    after: {
      type: 'string',
      value: 'SEQUENCE',
      help: 'first what came after this sequence of the pool: 0 for everything. From now on when left out',
    },
    account: {
      type: 'string',
      multiple: true,
      value: 'REF',
      help: "haircuts of this account only; repeat it for several. A trader's own when left out, for others the whole pool's",
    },
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
  },
  examples: [
    ['watch usd-perps', 'from now on'],
    ['watch usd-perps --after 0 --account alice', 'everything that alice ever bore, and then what comes'],
    ['watch usd-perps --json | jq -r \'select(.type == "haircut") | .amount\'', 'a JSON object a line'],
  ],
  async run({ options, words }) {
    const { after, account: accounts } = options;
    if (after !== undefined && !/^\d{1,18}$/.test(after))
      throw new UsageError('--after must be a sequence of the pool, such as 0 or 4711');
    const pool = words[0]!;
    const api = await openApi(options);
    const { sequence } = found(await api.asking(() => api.client.pool(pool)), `pool ${pool}`);
    const start = after ?? sequence;
    if (!options.json) tell(`Watching ${plain(pool)} after sequence ${start}. Ctrl-C ends it.`);

    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const place = new Place(BigInt(start));
    const listening = { pool, after: start, signal: stop.signal };
    const losses = async () => {
      for await (const notice of api.client.losses(listening)) {
        await (options.json ? printJson({ type: 'loss', ...notice }) : print(lossLine(notice)));
        place.heardLoss(notice.sequence);
      }
    };
    const haircuts = async () => {
      for await (const notice of api.client.haircuts({ ...listening, accounts })) {
        await (options.json ? printJson({ type: 'haircut', ...notice }) : print(haircutLine(notice)));
        place.heardHaircut(notice.sequence);
      }
    };
    try {
      await api.asking(() => Promise.all([losses(), haircuts()]));
    } finally {
      stop.abort();
      api.client.close();
    }
    tell(`To go on from here: shearwater watch ${plain(pool)} --after ${place.resumeAfter}`);
    return EXIT.FINE;
  },
});
