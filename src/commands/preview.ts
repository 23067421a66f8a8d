import { openApi, SERVER_OPTIONS } from './kit/access.ts';
import { defineCommand, EXIT, JSON_OPTION } from './kit/command.ts';
import { UsageError } from './kit/errors.ts';
import { printJson } from './kit/output.ts';
import { askPreview, showPreview } from './settle/preview.ts';

const USUAL_COUNT = 10;
const MOST = 10_000;

export const preview = defineCommand({
  name: 'preview',
  words: ['POOL'],
  summary: 'says what settling would do now, and writes nothing',
  about: '',
  options: {
    loss: {
      type: 'string',
      multiple: true,
      value: 'REF',
      help: 'a loss event to settle; repeat it for several. All that are OPEN when left out',
    },
    'extra-deficit': {
      type: 'string',
      value: 'AMOUNT',
      help: 'a loss that is not there, to see what it would come to',
    },
    top: {
      type: 'string',
      value: 'N',
      help: `how many of the largest haircuts to show (${USUAL_COUNT} when left out)`,
    },
    ...JSON_OPTION,
    ...SERVER_OPTIONS,
  },
  examples: [
    ['preview usd-perps', 'who would pay for what is open'],
    ['preview usd-perps --extra-deficit 1000000', 'who would pay for a million more'],
  ],
  async run({ options, words: [pool] }) {
    const top = options.top ?? String(USUAL_COUNT);
    if (!/^\d{1,5}$/.test(top) || Number(top) > MOST)
      throw new UsageError(`--top must be a number from 0 to ${MOST}`);
    const api = await openApi(options);
    const asked = await askPreview(api, {
      pool: pool!,
      lossEvents: options.loss,
      extraDeficit: options['extra-deficit'],
      haircuts: Number(top),
    });
    await (options.json ? printJson(asked.preview) : showPreview(asked));
    return EXIT.FINE;
  },
});
