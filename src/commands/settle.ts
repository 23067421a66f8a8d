import { randomUUID } from 'node:crypto';
import { SettleDocument } from './generated/graphql.ts';
import { openApi, SERVER_OPTIONS } from './kit/access.ts';
import { type Api, accepted } from './kit/api.ts';
import { defineCommand, EXIT, JSON_OPTION, type Options, type Values } from './kit/command.ts';
import { confirm, mustBeAble } from './kit/confirm.ts';
import { RefusedError, UnreachableError, UsageError } from './kit/errors.ts';
import { print, printJson, tell } from './kit/output.ts';
import { printFacts } from './kit/table.ts';
import { askPreview, showPaid, showPreview } from './settle/preview.ts';

const SHOWN = 10;

const OPTIONS = {
  loss: {
    type: 'string',
    multiple: true,
    value: 'REF',
    help: 'a loss event to settle; repeat it for several. All that are OPEN when left out',
  },
  yes: { type: 'boolean', help: 'does it without asking: for scripts' },
  key: {
    type: 'string',
    value: 'KEY',
    help: 'the idempotency key: the one of a call that got no answer, or one of your own. With the same key it is done once, however often it is called',
  },
  'stale-marks-reason': {
    type: 'string',
    value: 'TEXT',
    help: 'why to settle although marks are older than the rules allow; an ADMIN may',
  },
  ...JSON_OPTION,
  ...SERVER_OPTIONS,
} as const satisfies Options;

export const settle = defineCommand({
  name: 'settle',
  words: ['POOL'],
  summary: 'settles open losses, after a preview and a yes',
  about: `Shows what settling would do, asks, and does it. Between the two the pool may move: what was booked is shown
afterwards. The idempotency key is told before anything is sent, so that a call that got no answer can be
made again with --key, and answers what it did.`,
  options: OPTIONS,
  examples: [
    ['settle usd-perps', 'shows what it would do, and asks'],
    ['settle usd-perps --loss liq-4711 --yes --json', 'one loss, from a script'],
    ['settle usd-perps --yes --key settle-2025-10-10', 'once, however often it is called'],
  ],
  async run({ options, words: [pool] }) {
    if (options.key === '') throw new UsageError('--key must have 1 to 255 bytes');
    if (!options.yes) mustBeAble();
    const api = await openApi(options);
    const say = options.json ? async (line: string) => tell(line) : print;
    const asset = await agree(api, pool!, options, say);
    if (asset === null) {
      tell('Nothing was sent.');
      return EXIT.REFUSED;
    }
    const key = options.key ?? `settle-${randomUUID()}`;
    tell(`Idempotency key: ${key}`);
    const settlement = await send(api, pool!, key, options);
    if (options.json) {
      await printJson({ ...settlement, idempotencyKey: key });
      return EXIT.FINE;
    }
    await print(`\nSettled at sequence ${settlement.sequence}, by ${settlement.method}:`);
    await showPaid(settlement, asset);
    const { commitment } = settlement;
    if (commitment) {
      await printFacts([['root', commitment.root]]);
      await print(`Check it: shearwater verify --pool ${pool} --settlement ${settlement.sequence}`);
    }
    return EXIT.FINE;
  },
});

type Given = Values<typeof OPTIONS>;

/** Shows what it would do and asks. Answers the asset, or null for a no. */
async function agree(api: Api, pool: string, options: Given, say: (line: string) => Promise<void>) {
  let asset = '';
  try {
    const asked = await askPreview(api, { pool, lossEvents: options.loss, haircuts: SHOWN });
    await showPreview(asked, say);
    asset = asked.asset;
  } catch (error) {
    // With a key that was sent before it is settled already, and sending it again answers how.
    const isDone =
      error instanceof RefusedError &&
      ['NOTHING_TO_SETTLE', 'LOSS_ALREADY_SETTLED', 'INVALID_INPUT'].includes(error.code);
    if (!isDone) throw error;
    if (options.key === undefined) {
      // The preview would speak of what one can ask of it beside.
      if (error.code !== 'NOTHING_TO_SETTLE' || options.loss) throw error;
      throw new RefusedError(error.code, 'No loss is open in the pool: report a bankruptcy first.');
    }
    tell(`Nothing is open any more: asking what ${options.key} did.`);
    return asset;
  }
  return options.yes || (await confirm(`Settle ${pool}?`)) ? asset : null;
}

/** With its key the client may send it again while nobody answers: it happens once. */
async function send(api: Api, pool: string, key: string, options: Given) {
  const input = {
    pool,
    idempotencyKey: key,
    lossEvents: options.loss ?? null,
    staleMarksReason: options['stale-marks-reason'] ?? null,
  };
  try {
    return accepted((await api.ask(SettleDocument, { input })).settleLosses);
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    throw new UnreachableError(
      `${error.message}\nIt may be settled or not. Call it again with --key ${key}: it is done once, and answers.`,
    );
  }
}
