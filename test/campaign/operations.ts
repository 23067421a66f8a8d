import type { Random } from '../model/random.ts';

/** One pool of a round, with what the clients know to be in it. */
export interface Target {
  readonly name: string;
  readonly byFills: boolean;
  readonly bySessions: boolean;
  /** Accounts that owe more than they had, as far as anybody knows. */
  readonly ruined: string[];
  isHalted: boolean;
  readonly losses: string[];
  readonly settlements: string[];
  readonly simulations: string[];
  /** Webhooks that clients made, and where they post to. */
  readonly webhooks: string[];
  readonly receiverUrl: string;
}

/** A mutation as it is sent: `key` is its idempotency key, or null where it takes none. */
export interface Operation {
  readonly mutation: string;
  readonly role: 'ADMIN' | 'INTEGRATOR';
  readonly target: Target;
  readonly key: string | null;
  readonly input: Record<string, unknown>;
}

/** What a maker chooses from. Each worker trades with a pair of accounts of its own, so that sizes add up to zero. */
export interface Choice {
  readonly random: Random;
  readonly target: Target;
  readonly worker: number;
  readonly pair: number;
  /** A name that nothing else of the round has. */
  readonly fresh: string;
}

type Input = Record<string, unknown>;
interface Maker {
  readonly weight: number;
  readonly role?: 'ADMIN';
  readonly unkeyed?: true;
  /** Null where there is nothing to do it to. */
  readonly input: (choice: Choice) => Input | null;
}

/** Pairs of accounts that each worker has in each pool: who goes bankrupt stays it, and another pair goes on. */
export const PAIRS = 8;
export const long = (worker: number, pair = 0): string => `long-${worker}-${pair}`;
export const short = (worker: number, pair = 0): string => `short-${worker}-${pair}`;

const amount = ({ random }: Choice, most: number): string => `${random.int(1, most)}.${random.int(0, 99)}`;
/** One that is likely to be in trouble, where somebody knows of one. */
const either = ({ random, worker, pair, target }: Choice): string =>
  target.ruined.length > 0 && random.chance(0.8)
    ? random.pick(target.ruined)
    : random.pick([long(worker, pair), short(worker, pair)]);

function positions({ random, worker, pair }: Choice): Input[] {
  const size = random.int(1, 30);
  return [
    { account: long(worker, pair), size: `${size}` },
    { account: short(worker, pair), size: `${-size}` },
  ].map((line) => ({ ...line, market: 'BTC', entryPrice: `${random.int(80, 120)}` }));
}

const marks = ({ random }: Choice): Input[] => [{ market: 'BTC', price: `${random.int(60, 140)}` }];

/** One of the webhooks that clients made. */
const webhook = ({ random, target }: Choice): Input | null =>
  target.webhooks.length === 0 ? null : { id: random.pick(target.webhooks) };

/** Mutations that find what they change by its id, and those of no pool. */
const NAMES_NO_POOL: ReadonlySet<string> = new Set([
  ...['createPool', 'cancelSimulation', 'revokeTokens'],
  ...['updateWebhook', 'deleteWebhook', 'replayWebhook', 'rotateWebhookSecret'],
]);

/** Every mutation that the schema has. A test holds the two lists to each other. */
export const MAKERS: Record<string, Maker> = {
  createPool: {
    weight: 0.3,
    role: 'ADMIN',
    unkeyed: true,
    input: ({ fresh }) => ({ name: `extra-${fresh}`, asset: 'USDC', decimals: 2 }),
  },
  upsertMarkets: {
    weight: 0.5,
    unkeyed: true,
    input: ({ random }) => ({
      markets: [
        {
          symbol: `M${random.int(1, 9)}`,
          initialMarginRate: '0.5',
          maintenanceMarginRate: `0.${random.int(1, 5)}`,
        },
      ],
    }),
  },
  publishMarks: { weight: 4, unkeyed: true, input: (choice) => ({ marks: marks(choice) }) },
  upsertAccounts: {
    weight: 1,
    unkeyed: true,
    input: ({ fresh, worker }) => ({ accounts: [{ ref: `late-${fresh}`, owner: `owner-${worker}` }] }),
  },
  upsertPositions: {
    weight: 3,
    unkeyed: true,
    input: (choice) => (choice.target.byFills ? null : { positions: positions(choice) }),
  },
  postTransfers: {
    weight: 6,
    input: (choice) => {
      const { random, worker, pair, fresh: ref } = choice;
      // Now and then more than an account can have: who would else go bankrupt.
      const ruins = random.chance(0.3);
      const some = ruins ? `${random.int(3_000, 6_000)}` : amount(choice, 300);
      const most = !ruins && random.chance(0.3) ? 'WITHDRAWAL' : 'FUNDING';
      return !ruins && random.chance(0.3)
        ? { transfers: [{ account: long(worker, pair), kind: 'DEPOSIT', amount: some, ref }] }
        : {
            transfers: [
              { account: short(worker, pair), kind: most, amount: `-${some}`, ref },
              {
                account: long(worker, pair),
                kind: most === 'FUNDING' ? 'FUNDING' : 'DEPOSIT',
                amount: some,
                ref,
              },
            ],
          };
    },
  },
  applyUpdates: {
    weight: 4,
    input: (choice) => {
      const { random, worker, pair, fresh: ref, target } = choice;
      if (target.byFills) {
        return {
          marks: marks(choice),
          transfers: [{ account: long(worker, pair), kind: 'FEE', amount: '-0.01', ref }],
        };
      }
      const pnl = random.int(1, 200);
      return {
        ...(random.chance(0.3) ? { marks: marks(choice) } : {}),
        positions: positions(choice),
        transfers: [
          { account: long(worker, pair), kind: 'REALIZED_PNL', amount: `${pnl}`, ref },
          { account: short(worker, pair), kind: 'REALIZED_PNL', amount: `${-pnl}`, ref },
        ],
      };
    },
  },
  recordFills: {
    weight: 8,
    input: ({ random, worker, pair, fresh, target }) => {
      if (!target.byFills) return null;
      const [buyer, seller] = random.shuffled([long(worker, pair), short(worker, pair)]) as [string, string];
      const size = random.int(1, 20);
      const shared = { trade: fresh, market: 'BTC', price: `${random.int(80, 120)}`, fee: '0.02' };
      return {
        fills: [
          { ...shared, account: buyer, size: `${size}` },
          { ...shared, account: seller, size: `${-size}` },
        ],
      };
    },
  },
  liquidate: {
    weight: 6,
    input: (choice) =>
      choice.target.byFills ? { account: either(choice), takeoverAccount: 'house', atMarks: true } : null,
  },
  contributeToFund: {
    weight: 2,
    input: (choice) => ({
      amount: amount(choice, 60),
      kind: choice.random.pick(['LIQUIDATION_FEE', 'OPERATOR_CONTRIBUTION']),
      ref: choice.fresh,
    }),
  },
  withdrawFromFund: {
    weight: 1,
    role: 'ADMIN',
    input: (choice) => ({ amount: amount(choice, 20), ref: choice.fresh }),
  },
  reportBankruptcy: {
    weight: 5,
    input: (choice) => ({ ref: choice.fresh, account: either(choice), takeoverAccount: 'house' }),
  },
  settleLosses: {
    weight: 5,
    role: 'ADMIN',
    input: ({ random, target }) => ({
      staleMarksReason: 'the campaign moved the clock',
      ...(random.chance(0.2) && target.losses.length > 0 ? { lossEvents: [random.pick(target.losses)] } : {}),
    }),
  },
  recordRecovery: {
    weight: 2,
    input: (choice) =>
      choice.target.losses.length === 0
        ? null
        : {
            lossEvent: choice.random.pick(choice.target.losses),
            amount: amount(choice, 40),
            ref: choice.fresh,
          },
  },
  reverseSettlement: {
    weight: 1,
    role: 'ADMIN',
    input: ({ random, target }) =>
      target.settlements.length === 0
        ? null
        : { settlement: random.pick(target.settlements.slice(-2)), reason: 'the campaign' },
  },
  updatePoolRules: {
    weight: 0.5,
    role: 'ADMIN',
    input: ({ random, target }) => ({
      rules: {
        maxHaircutRate: `0.${random.int(4, 9)}`,
        fundReserve: `${random.int(0, 20)}`,
        ...(target.bySessions ? {} : { method: random.pick(['PRO_RATA', 'TALMUD', 'RISK_WEIGHTED']) }),
      },
    }),
  },
  setHaircutCaps: {
    weight: 0.5,
    role: 'ADMIN',
    unkeyed: true,
    input: (choice) => ({
      caps: [{ account: either(choice), maxHaircutRate: `0.${choice.random.int(1, 9)}` }],
    }),
  },
  haltPool: { weight: 0.2, role: 'ADMIN', input: () => ({ reason: 'the campaign' }) },
  resumePool: { weight: 0.7, role: 'ADMIN', input: () => ({}) },
  // Of nobody: the campaign's own clients go on.
  revokeTokens: {
    weight: 0.2,
    role: 'ADMIN',
    unkeyed: true,
    input: ({ fresh }) => ({ subject: `gone-${fresh}` }),
  },
  startSession: {
    weight: 1,
    role: 'ADMIN',
    input: ({ target }) => (target.bySessions ? {} : null),
  },
  startSimulation: {
    weight: 0.5,
    input: ({ random }) => ({
      model: { gbm: { markets: [{ market: 'BTC', volatility: 0.8 }] } },
      horizonDays: 1,
      paths: 1_000,
      seed: `${random.int(1, 1_000_000)}`,
    }),
  },
  cancelSimulation: {
    weight: 0.3,
    unkeyed: true,
    input: ({ random, target }) =>
      target.simulations.length === 0 ? null : { id: random.pick(target.simulations) },
  },
  createWebhook: {
    weight: 0.2,
    input: ({ random, target }) => ({
      url: target.receiverUrl,
      stream: random.pick(['HAIRCUT_NOTICES', 'LOSS_NOTICES', 'MARGIN_ALERTS']),
    }),
  },
  updateWebhook: {
    weight: 0.2,
    unkeyed: true,
    input: (choice) => {
      const which = webhook(choice);
      return which && { ...which, enabled: choice.random.chance(0.7) };
    },
  },
  replayWebhook: {
    weight: 0.2,
    unkeyed: true,
    input: (choice) => {
      const which = webhook(choice);
      return which && { ...which, after: '0' };
    },
  },
  rotateWebhookSecret: { weight: 0.2, unkeyed: true, input: webhook },
  deleteWebhook: { weight: 0.1, unkeyed: true, input: webhook },
};

const WEIGHTED = Object.entries(MAKERS).map(([name, { weight }]) => [weight, name] as const);

/** The next mutation of a worker: what is not possible yet is passed over. */
export function nextOperation(choice: Choice): Operation {
  for (;;) {
    const resumes = choice.target.isHalted && choice.random.chance(0.3);
    const mutation = resumes ? 'resumePool' : choice.random.weighted(WEIGHTED);
    const { role = 'INTEGRATOR', unkeyed, input: make } = MAKERS[mutation]!;
    const made = make(choice);
    if (made === null) continue;
    const key = unkeyed ? null : choice.fresh;
    const pool = NAMES_NO_POOL.has(mutation) ? {} : { pool: choice.target.name };
    const input = { ...pool, ...made, ...(key === null ? {} : { idempotencyKey: key }) };
    return { mutation, role, target: choice.target, key, input };
  }
}
