import postgres from 'postgres';
import { Random } from '../model/random.ts';
import { mutationText } from '../support/api.ts';
import { Receiver } from '../support/receiver.ts';
import { admin, integrator, signToken, trader } from '../support/server.ts';
import { ask, type Outcome, type Sent, send } from './clients.ts';
import { type FaultName, inject, pause } from './faults.ts';
import { Member } from './fleet.ts';
import { checkLists } from './lists.ts';
import { long, nextOperation, type Operation, PAIRS, short, type Target } from './operations.ts';
import { nextQuestion } from './queries.ts';
import { flood, followSimulation, type Reader, startReader, TRANSPORTS } from './readers.ts';
import {
  checkHalts,
  checkPools,
  checkReaders,
  checkReceiver,
  checkRows,
  checkSimulations,
  checkWrites,
} from './verdict.ts';

export interface RoundOptions {
  readonly seed: number;
  /** How long clients work and faults come; healing and the verdict take some seconds more. */
  readonly seconds: number;
  /** How many writes must be confirmed before the round may end: a busy machine does little in a second. */
  readonly least?: number;
  /** A migrated database without rows. */
  readonly databaseUrl: string;
  readonly restartPostgres: (() => Promise<void>) | null;
  readonly faults: readonly FaultName[];
}

export interface RoundReport {
  /** What did not hold; empty when all is well. */
  readonly findings: readonly string[];
  /** All that was done, and done to it, in the order of its beginning. */
  readonly log: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

const WORKERS = 8;
const ASKERS = 3;
const QUIET_MS = 45_000;
const PATIENCE_MS = 60_000;

const RULES: readonly (readonly [name: string, rules: Record<string, unknown>])[] = [
  [
    'fills',
    {
      positionSource: 'FILLS',
      liquidationFeeRate: '0.01',
      liquidatorShare: '0.5',
      liquidatorAccount: 'house',
    },
  ],
  [
    'tiers',
    {
      maxHaircutRate: '0.6',
      method: 'RISK_WEIGHTED',
      maxMarkAgeSeconds: 1_800,
      tiers: [
        { tier: 'OWN_COLLATERAL' },
        { tier: 'OWNER_RECOURSE' },
        { tier: 'OPERATOR_CAPITAL', capPerEvent: '15' },
        { tier: 'INSURANCE_FUND' },
        { tier: 'SOCIALIZATION' },
      ],
    },
  ],
  ['sessions', { maxHaircutRate: '0.5', method: 'TALMUD', profitBasis: 'SESSION' }],
];

/**
 * Three servers on one database, clients that call everything, and faults; then quiet, and the verdict. The seed decides which
 * operations and faults are chosen, and in which order by whom; not how the machine interleaves them.
 */
export async function runRound(options: RoundOptions): Promise<RoundReport> {
  const round = new Round(options);
  try {
    return await round.run();
  } finally {
    await round.close();
  }
}

class Round {
  readonly #options: RoundOptions;
  readonly #began = performance.now();
  readonly #log: string[] = [];
  readonly #findings: string[] = [];
  readonly #sent: Sent[] = [];
  readonly #targets: Target[] = [];
  readonly #counts: Record<string, number> = {};
  readonly #readers: Reader[] = [];
  readonly #follows: Promise<{ readonly id: string; readonly last: string | null }>[] = [];
  readonly #steady = new Map<string, string>();
  #receiver!: Receiver;
  #members: Member[] = [];
  #tokens = { ADMIN: '', INTEGRATOR: '' };
  #isOver = false;

  constructor(options: RoundOptions) {
    this.#options = options;
  }

  async run(): Promise<RoundReport> {
    const { seed, seconds, databaseUrl, restartPostgres, faults } = this.#options;
    this.#tokens = {
      ADMIN: await signToken({ ...admin, expiresIn: 86_400 }),
      INTEGRATOR: await signToken({ ...integrator, expiresIn: 86_400 }),
    };
    this.#members = await Promise.all(['one', 'two', 'three'].map((name) => Member.start(name, databaseUrl)));
    this.#receiver = await Receiver.start();
    for (const [name, rules] of RULES) await this.#open(name, rules);
    await this.#listen();
    const until = performance.now() + seconds * 1_000;
    const { least } = this.#options;
    const answered = () => (this.#counts.confirmed ?? 0) + (this.#counts.refused ?? 0);
    const lacks = () =>
      least !== undefined &&
      ((this.#counts.confirmed ?? 0) < least || faults.some((name) => !this.#counts[`fault ${name}`]));
    const goesOn = () => performance.now() < until || (lacks() && performance.now() < until + PATIENCE_MS);
    const arena = {
      members: this.#members,
      databaseUrl,
      restartPostgres,
      flood: (member: Member, ms: number) =>
        flood(
          member,
          this.#targets.map(({ name }) => name),
          this.#tokens.INTEGRATOR,
          ms,
        ),
      log: (line: string) => this.#note(`── ${line}`),
      failed: (name: string, error: unknown) => this.#findings.push(`after ${name}: ${error}`),
    };
    const injecting = inject(arena, new Random(seed), faults, goesOn, answered, (name) =>
      this.#count(`fault ${name}`),
    );
    await Promise.all([
      ...Array.from({ length: WORKERS }, (_, worker) => this.#work(worker, goesOn)),
      ...Array.from({ length: ASKERS }, (_, asker) => this.#askOn(asker, goesOn)),
      injecting,
    ]);
    await this.#heal();
    await this.#resolve();
    await this.#judge();
    return { findings: this.#findings, log: this.#log, counts: this.#counts };
  }

  async close(): Promise<void> {
    this.#isOver = true;
    for (const reader of this.#readers) await reader.stop();
    await Promise.all(this.#follows);
    await Promise.all(this.#members.map((member) => member.end()));
    await this.#receiver?.close();
  }

  #note(line: string): void {
    this.#log.push(`${((performance.now() - this.#began) / 1_000).toFixed(3)} ${line}`);
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  /** A pool with pairs of accounts for each worker; two workers' accounts are one owner's. */
  async #open(name: string, rules: Record<string, unknown>): Promise<void> {
    const call = async (mutation: string, input: Record<string, unknown>) => {
      const { data, errors } = await ask(this.#members[0]!.url, this.#tokens.ADMIN, {
        query: mutationText(mutation),
        variables: { input },
      });
      if (errors || data[mutation].code) throw new Error(`${mutation}: ${JSON.stringify(errors ?? data)}`);
      return data[mutation];
    };
    const pool = name;
    await call('createPool', { name, asset: 'USDC', decimals: 2, rules: { ...rules, fundReserve: '10' } });
    await call('upsertMarkets', {
      pool,
      markets: [{ symbol: 'BTC', initialMarginRate: '0.5', maintenanceMarginRate: '0.3' }],
    });
    await call('publishMarks', { pool, marks: [{ market: 'BTC', price: '100' }] });
    // Told every haircut from the first on, through everything that happens.
    const steady = { url: `${this.#receiver.url}/${name}`, stream: 'HAIRCUT_NOTICES', after: '0' };
    const { webhook } = await call('createWebhook', { pool, idempotencyKey: 'steady', ...steady });
    this.#steady.set(name, webhook.id);
    const accounts = Array.from(
      { length: WORKERS * PAIRS },
      (_, i) => [Math.floor(i / PAIRS), i % PAIRS] as const,
    ).flatMap(([worker, pair]) =>
      [long(worker, pair), short(worker, pair)].map((ref) => ({ ref, owner: `owner-${worker >> 1}` })),
    );
    await call('upsertAccounts', { pool, accounts: [{ ref: 'house', owner: 'house' }, ...accounts] });
    const transfers = accounts.map(({ ref }, i) => ({
      account: ref,
      kind: 'DEPOSIT',
      amount: `${50 * (1 + (i % 9))}`,
    }));
    await call('postTransfers', { pool, idempotencyKey: 'open deposits', transfers });
    this.#targets.push({
      name,
      byFills: rules.positionSource === 'FILLS',
      bySessions: rules.profitBasis === 'SESSION',
      ruined: [],
      isHalted: false,
      losses: [],
      settlements: [],
      simulations: [],
      webhooks: [],
      receiverUrl: this.#receiver.url,
    });
  }

  /** On every server subscribers to everything, a third of them over each way to listen. */
  async #listen(): Promise<void> {
    const owner = 'owner-1';
    const token = await signToken({ ...trader(owner), expiresIn: 86_400 });
    this.#members.forEach((member, m) => {
      this.#targets.forEach(({ name }, p) => {
        for (const [h, heading] of (['haircuts', 'losses', 'alerts'] as const).entries()) {
          const transport = TRANSPORTS[(m + p + h) % TRANSPORTS.length]!;
          this.#readers.push(startReader(member, transport, heading, name, this.#tokens.INTEGRATOR));
        }
        if (m === p)
          this.#readers.push(
            startReader(member, TRANSPORTS[m % TRANSPORTS.length]!, 'haircuts', name, token, owner),
          );
      });
    });
  }

  async #work(worker: number, goesOn: () => boolean): Promise<void> {
    const random = new Random(this.#options.seed + 1_000 * (worker + 1));
    for (let i = 0; goesOn(); i++) {
      const target = random.pick(this.#targets);
      const operation = nextOperation({
        ...{ random, target, worker, fresh: `${worker}-${i}` },
        pair: random.int(0, PAIRS - 1),
      });
      const members = random.shuffled(this.#members);
      const [twice, again] = [random.chance(0.05), random.chance(0.6)];
      const at = performance.now() - this.#began;
      const line = `worker ${worker} → ${members[0]!.name}: ${operation.mutation} ${JSON.stringify(operation.input)}`;
      const one: Sent = { operation, at, outcome: { kind: 'unknown', why: 'under way' } };
      this.#sent.push(one);
      if (twice && operation.key !== null) {
        const outcomes = await Promise.all(
          members.slice(0, 2).map((member) => send(member.url, this.#tokens[operation.role], operation)),
        );
        one.outcome = this.#agreed(operation, outcomes);
      } else {
        one.outcome = await send(members[0]!.url, this.#tokens[operation.role], operation);
        // A client that got no answer asks another server, by the same key.
        if (one.outcome.kind === 'unknown' && operation.key !== null && again) {
          const second = await send(members[1]!.url, this.#tokens[operation.role], operation);
          // What is refused now the first server may still be about to do.
          if (second.kind === 'confirmed') one.outcome = second;
        }
      }
      this.#note(`${line} → ${said(one.outcome)}`);
      this.#learn(one);
      await pause(random.int(0, 40));
    }
  }

  /** One key has one answer: whoever is asked. */
  #agreed({ mutation, key }: Operation, outcomes: readonly Outcome[]): Outcome {
    const [first, second] = outcomes.filter(({ kind }) => kind === 'confirmed');
    if (first && second && JSON.stringify(first) !== JSON.stringify(second))
      this.#findings.push(`${mutation} ${key} was confirmed twice: ${JSON.stringify(outcomes)}`);
    return first ?? outcomes.find(({ kind }) => kind === 'unknown') ?? outcomes[0]!;
  }

  #learn({ operation: { mutation, target, key, input }, outcome }: Sent): void {
    this.#count(outcome.kind);
    if (outcome.kind === 'refused') {
      this.#count(`refused ${outcome.code}`);
      if (outcome.code === 'POOL_HALTED') target.isHalted = true;
    }
    if (outcome.kind !== 'confirmed') return;
    this.#count(`confirmed ${mutation}`);
    if (mutation === 'resumePool') target.isHalted = false;
    if (mutation === 'postTransfers') {
      const lines = input.transfers as { account: string; amount: string }[];
      target.ruined.push(
        ...lines.filter(({ amount }) => Number(amount) < -500).map(({ account }) => account),
      );
    }
    if (mutation === 'reportBankruptcy') {
      target.losses.push(key!);
      if (target.ruined.includes(input.account as string))
        target.ruined.splice(target.ruined.indexOf(input.account as string), 1);
    }
    if (mutation === 'settleLosses') target.settlements.push(outcome.sequence!);
    if (mutation === 'createWebhook') target.webhooks.push(outcome.id!);
    if (mutation !== 'startSimulation') return;
    target.simulations.push(outcome.id!);
    const member = this.#members[this.#follows.length % this.#members.length]!;
    this.#follows.push(followSimulation(member, this.#tokens.INTEGRATOR, outcome.id!, () => this.#isOver));
  }

  async #askOn(asker: number, goesOn: () => boolean): Promise<void> {
    const random = new Random(this.#options.seed + 1_000_000 * (asker + 1));
    for (let i = 0; goesOn(); i++) {
      const target = random.pick(this.#targets);
      const question = nextQuestion({
        random,
        target,
        worker: random.int(0, WORKERS - 1),
        pair: random.int(0, PAIRS - 1),
        fresh: `ask-${i}`,
      });
      const answer = await ask(random.pick(this.#members).url, this.#tokens.INTEGRATOR, question).catch(
        () => null,
      );
      this.#count(
        answer === null ? 'queries without an answer' : answer.errors ? 'queries failed' : 'queries',
      );
      const wrong = answer?.errors?.find(({ extensions }) => extensions?.code !== 'INTERNAL_SERVER_ERROR');
      if (wrong && wrong.extensions?.code !== 'RATE_LIMITED')
        this.#findings.push(`a query fails with ${JSON.stringify(wrong)}: ${JSON.stringify(question)}`);
      await pause(random.int(20, 120));
    }
  }

  /** Faults are over: what they broke must heal by itself. */
  async #heal(): Promise<void> {
    this.#note('── quiet');
    for (const member of this.#members) {
      member.child.moveClock(0);
      await this.#eventually(`${member.name} is not ready again`, () => member.isReady());
    }
  }

  /** What cannot be asked yet is asked again: connections of before the quiet may still take all that PostgreSQL gives. */
  async #eventually(otherwise: string, ask: () => Promise<boolean>): Promise<void> {
    let problem = '';
    for (const end = performance.now() + QUIET_MS; performance.now() < end; await pause(100)) {
      try {
        if (await ask()) return;
        problem = '';
      } catch (error) {
        problem = `: ${error}`;
      }
    }
    this.#findings.push(otherwise + problem);
  }

  /** What nobody knows is asked again by its key; a pool that the campaign halted itself is resumed for it. */
  async #resolve(): Promise<void> {
    const open = this.#sent.filter(
      ({ operation, outcome }) => operation.key !== null && outcome.kind === 'unknown',
    );
    const url = this.#members[1]!.url;
    for (const one of open) {
      await this.#eventually(`${one.operation.mutation} ${one.operation.key} has no answer`, async () => {
        one.outcome = await send(url, this.#tokens[one.operation.role], one.operation);
        if (one.outcome.kind === 'refused')
          return one.outcome.code !== 'CONFLICT_RETRY' && one.outcome.code !== 'RATE_LIMITED';
        return one.outcome.kind === 'confirmed';
      });
      this.#count('resolved by their keys');
      this.#note(`again: ${one.operation.mutation} ${one.operation.key} → ${said(one.outcome)}`);
    }
    // The key of a webhook goes with it.
    const deleted = new Set(
      this.#sent.flatMap(({ operation }) =>
        operation.mutation === 'deleteWebhook' ? [operation.input.id] : [],
      ),
    );
    const known = this.#sent.filter(
      ({ operation, outcome }) =>
        operation.key !== null && outcome.kind === 'confirmed' && !deleted.has(outcome.id),
    );
    for (const { operation, outcome } of new Random(this.#options.seed).shuffled(known).slice(0, 15)) {
      const replay = await send(url, this.#tokens[operation.role], operation);
      if (JSON.stringify(replay) !== JSON.stringify(outcome))
        this.#findings.push(
          `${operation.mutation} ${operation.key} now answers ${said(replay)}, before ${said(outcome)}`,
        );
    }
  }

  /** Receivers were told of every haircut, once an attempt that a wrong clock put off is made now. */
  async #eventuallyTold(sql: postgres.Sql): Promise<void> {
    for (const [pool, id] of this.#steady) {
      const query = mutationText('updateWebhook');
      await ask(this.#members[0]!.url, this.#tokens.ADMIN, {
        query,
        variables: { input: { id, enabled: true } },
      });
      let faults: string[] = [];
      await this.#eventually(`the webhook of ${pool} does not catch up`, async () => {
        faults = await checkReceiver(sql, pool, this.#receiver.noticesAt(pool));
        return faults.length === 0;
      });
      if (faults.length === 0) continue;
      const [row] = await sql`
        select w.enabled, w.problem, w.failures, w.next_attempt_at, w.sequence, w.ordinal, p.last_loss_sequence
        from webhooks w join pools p using (pool_id) where p.name = ${pool} and w.idempotency_key = 'steady'`;
      this.#findings.push(...faults.map((fault) => `${fault}: ${JSON.stringify(row)}`));
    }
  }

  async #judge(): Promise<void> {
    const sql = postgres(this.#options.databaseUrl, { max: 4, fetch_types: false, onnotice: () => {} });
    try {
      await this.#eventually(
        'a simulation never ends',
        async () => (await checkSimulations(sql, this.#sent)).length === 0,
      );
      // Books follow in the background, and tell the last changes of health; readers catch up with all of it.
      let faults: string[] = [];
      await this.#eventually('the readers do not catch up', async () => {
        faults = await checkReaders(sql, this.#readers);
        return faults.length === 0;
      });
      await this.#eventuallyTold(sql);
      await pause(500);
      this.#findings.push(
        ...(await checkReaders(sql, this.#readers)),
        ...(await checkWrites(sql, this.#sent)),
        ...(await checkSimulations(sql, this.#sent)),
        ...(await checkPools(sql, this.#sent)),
        ...(await checkHalts(sql)),
        ...(await checkRows(sql)),
        ...(await checkLists(
          sql,
          this.#members,
          this.#targets.map(({ name }) => name),
          this.#tokens.INTEGRATOR,
        )),
        ...this.#members.flatMap(({ died }) => died),
        ...this.#members.flatMap(({ name, lines }) => bugsIn(lines).map((line) => `${name} logged ${line}`)),
      );
      const [row] = await sql`
        select (select count(*) from journal) as commits, (select count(*) from haircuts) as haircuts, (select count(*) from margin_alerts) as alerts`;
      Object.assign(this.#counts, {
        commits: Number(row!.commits),
        'notices heard': this.#readers.reduce((sum, reader) => sum + reader.heard().length, 0),
      });
      this.#isOver = true;
      for (const { id, last } of await Promise.all(this.#follows))
        if (last !== 'DONE' && last !== 'CANCELLED')
          this.#findings.push(`who followed simulation ${id} heard last that it is ${last}`);
    } finally {
      await sql.end({ timeout: 5 });
    }
  }
}

const said = (outcome: Outcome): string =>
  outcome.kind === 'confirmed'
    ? `confirmed at ${outcome.sequence ?? outcome.id}`
    : outcome.kind === 'refused'
      ? outcome.code
      : `no answer: ${outcome.why}`;

/** Errors that no fault explains: our own mistakes, and rows that the database refused. */
const bugsIn = (lines: readonly string[]): string[] =>
  lines.filter((line) =>
    /TypeError|RangeError|ReferenceError|InvariantViolation|AssertionError|unhandled|Uncaught|"code":"(22|23|42)/i.test(
      line,
    ),
  );
