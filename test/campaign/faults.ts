import postgres from 'postgres';
import { Random } from '../model/random.ts';
import type { Member } from './fleet.ts';

/** What faults are done to. */
export interface Arena {
  readonly members: readonly Member[];
  /** The database itself, past every proxy. */
  readonly databaseUrl: string;
  /** Kills PostgreSQL with -9 and starts it again on the same port; null where it is not ours to kill. */
  readonly restartPostgres: (() => Promise<void>) | null;
  /** A reader that asks for everything and takes nothing for as long as it lives. */
  readonly flood: (member: Member, forMs: number) => Promise<void>;
  readonly log: (line: string) => void;
  /** A fault did not heal: a server, or PostgreSQL, that does not come back. */
  readonly failed: (name: string, error: unknown) => void;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs something on a connection of the injector's own; that PostgreSQL is down just then is no failure. */
async function onDatabase(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {}, connect_timeout: 3 });
  try {
    await work(sql);
  } catch {
    // Nothing to end there.
  } finally {
    await sql.end({ timeout: 1 });
  }
}

type Fault = (arena: Arena, random: Random, member: Member) => Promise<void>;

/** Each fault ends by itself, and leaves what it broke to heal. */
export const FAULTS = {
  async killServer({ log }, random, member) {
    const after = random.int(0, 800);
    log(`kill -9 of ${member.name}, back after ${after} ms`);
    await member.restart(after);
    log(`${member.name} is back`);
  },
  async freezeServer({ log }, random, member) {
    const ms = random.int(300, 4_000);
    log(`${member.name} frozen for ${ms} ms`);
    member.freeze();
    await pause(ms);
    member.thaw();
  },
  async dropClients({ log }, random, { name, front }) {
    const share = random.pick([0.3, 1]);
    log(`${front.drop(() => random.chance(share))} connections of clients to ${name} cut`);
  },
  async dropDatabase({ log }, random, { name, back }) {
    const share = random.pick([0.3, 1]);
    log(`${back.drop(() => random.chance(share))} connections of ${name} to PostgreSQL cut`);
  },
  async stallClients({ log }, random, { name, front }) {
    const ms = random.int(200, 3_000);
    log(`clients of ${name} stalled for ${ms} ms`);
    front.stall();
    await pause(ms);
    front.heal();
  },
  async stallDatabase({ log }, random, { name, back }) {
    const ms = random.int(200, 3_000);
    log(`${name} stalled from PostgreSQL for ${ms} ms`);
    back.stall();
    await pause(ms);
    back.heal();
  },
  async terminateBackends({ log, databaseUrl }, random) {
    const share = random.pick([0.2, 1]);
    log(`backends terminated, ${share} of them`);
    await onDatabase(
      databaseUrl,
      (sql) => sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'shearwater' and random() < ${share}`,
    );
  },
  async moveClock({ log }, random, member) {
    const seconds = random.pick([-86_400, -3_600, -1, 1, 3_600, 86_400, 366 * 86_400]);
    log(`the clock of ${member.name} moved by ${seconds} s`);
    if (!member.isFrozen) member.child.moveClock(seconds * 1_000);
  },
  async fillQueues({ log, flood }, random, member) {
    const ms = random.int(1_000, 4_000);
    log(`a reader of ${member.name} takes nothing for ${ms} ms`);
    await flood(member, ms);
  },
  async restartPostgres({ log, restartPostgres }) {
    if (!restartPostgres) return;
    log('kill -9 of PostgreSQL');
    await restartPostgres();
    log('PostgreSQL is back');
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** How many writes are answered between the beginnings of two faults; and how long that is waited for. */
const ANSWERS_BETWEEN = 4;
const LONGEST_PEACE_MS = 4_000;

/** Does one fault after the other, and now and then two at once, until the time is up; returns when all have ended. */
export async function inject(
  arena: Arena,
  random: Random,
  names: readonly FaultName[],
  goesOn: () => boolean,
  progress: () => number,
  count: (name: FaultName) => void,
): Promise<void> {
  const busy = new Set<Member>();
  const running = new Set<Promise<void>>();
  // Each kind once before any comes again, so that a short round has them all.
  let bag: FaultName[] = [];
  while (goesOn()) {
    if (bag.length === 0) bag = random.shuffled(names);
    const member = random.pick(arena.members.filter((one) => !busy.has(one)));
    const seed = random.int(0, 2 ** 31);
    const wait = random.int(200, 1_200);
    // One of the three is always left in peace.
    if (busy.size < arena.members.length - 1) {
      const name = bag.shift()!;
      busy.add(member);
      count(name);
      const fault = FAULTS[name](arena, new Random(seed), member)
        .catch((error) => arena.failed(name, error))
        .finally(() => {
          busy.delete(member);
          running.delete(fault);
        });
      running.add(fault);
    }
    await pause(wait);
    // A machine that has much else to do takes longer to come back: what is always down is not tested.
    const [done, began] = [progress(), performance.now()];
    while (goesOn() && progress() < done + ANSWERS_BETWEEN && performance.now() - began < LONGEST_PEACE_MS)
      await pause(50);
  }
  await Promise.all(running);
}
