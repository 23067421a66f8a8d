import { afterAll, afterEach, beforeAll } from 'vitest';
import {
  type CursorStore,
  createShearwater,
  type HaircutNotice,
  type Shearwater,
  type ShearwaterOptions,
} from '../../src/client/index.ts';
import { settleOne, winnerRef, winnersBook } from '../support/notice-book.ts';
import { type Change, startRelay } from '../support/relay.ts';
import {
  admin,
  type Caller,
  type Claims,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
} from '../support/server.ts';

/** A server for the tests of a file, clients of it that are closed after each test, and pools with notices to hear. */
export class Hearing {
  server!: TestServer;
  root!: Caller;
  venue!: Caller;
  readonly #undo: (() => unknown)[] = [];
  #pools = 0;

  constructor() {
    beforeAll(async () => {
      this.server = await startTestServer();
      this.root = await this.server.caller(admin);
      this.venue = await this.server.caller(integrator);
    });
    afterEach(async () => {
      for (const step of this.#undo.splice(0).reverse()) await step();
    });
    afterAll(() => this.server.close());
  }

  /** Done after the test that is under way. */
  later(step: () => unknown): void {
    this.#undo.push(step);
  }

  async clientOf(claims: Claims, options: Partial<ShearwaterOptions> = {}): Promise<Shearwater> {
    const client = createShearwater({ url: this.server.url, token: await signToken(claims), ...options });
    this.later(() => client.close());
    return client;
  }

  /** A client whose sockets lose, repeat or forge what `change` says. */
  async through(change: Change, claims: Claims = integrator): Promise<Shearwater> {
    const relay = await startRelay(this.server.url, change);
    this.later(() => relay.close());
    return this.clientOf(claims, { url: relay.url });
  }

  /** A pool of its own, with so many winners and as many settlements, whose sequences are answered. */
  async settled(winners: number, rounds: number): Promise<{ pool: string; sequences: string[] }> {
    const pool = `pool-${++this.#pools}`;
    await winnersBook(this.root, this.venue, pool, winners);
    const sequences = [];
    for (let round = 0; round < rounds; round++) {
      sequences.push((await settleOne(this.venue, pool, round, winners * 2)).sequence);
    }
    return { pool, sequences };
  }
}

export function memory(cursor: string | null = null): CursorStore & { cursor: string | null } {
  return {
    cursor,
    load() {
      return this.cursor;
    },
    save(next) {
      this.cursor = next;
    },
  };
}

export const seen = (notices: readonly HaircutNotice[]) =>
  notices.map(({ sequence, haircut }) => `${haircut.account.ref}@${sequence}`);

export const expected = (winners: number, sequences: readonly string[]) =>
  sequences.flatMap((sequence) => Array.from({ length: winners }, (_, i) => `${winnerRef(i)}@${sequence}`));
