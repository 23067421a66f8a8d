import {
  type Feed,
  type HaircutNotice,
  haircutNotices,
  type LossNotice,
  lossNotices,
  type MarginAlert,
  marginAlerts,
  provenHaircutNotices,
} from './feeds.ts';
import { PoolDocument, SimulationProgressDocument } from './generated/graphql.ts';
import { post } from './http.ts';
import { type ListenOptions, type ListenToAccountsOptions, listen } from './listen.ts';
import { Keys } from './once.ts';
import { type Document, mutationsOf, queriesOf } from './operations.ts';
import { checkNotice } from './proofs.ts';
import { type OnRetry, theWorld, untilDone, type World } from './retry.ts';
import { Socket } from './socket.ts';
import { type KeyStore, memoryKeys } from './stores.ts';
import { follow, type Line } from './streams.ts';
import { type TokenSource, Tokens } from './token.ts';

export interface ShearwaterOptions {
  /** Where the server is, such as https://risk.example.com. */
  readonly url: string;
  /** A bearer token, or a function that gets one: asked again whenever the server no longer takes the last. */
  readonly token: TokenSource;
  /** Where `once` keeps keys. They are forgotten with the process when omitted. */
  readonly keys?: KeyStore;
  /** Told before each wait what failed, so that one who waits for long is not silent. */
  readonly onRetry?: OnRetry;
  /** How long one request may take: 60 s when omitted. */
  readonly timeoutMs?: number;
  /** For how long a request is tried again, where that is safe: 60 s when omitted. */
  readonly retryMs?: number;
  /** How often a quiet connection is asked whether it still lives: every 10 s when omitted. */
  readonly keepAliveMs?: number;
  /** A WebSocket constructor, where the platform has none: Node before 22 needs that of the package ws. */
  readonly webSocket?: unknown;
  readonly fetch?: typeof globalThis.fetch;
  /** Time and chance. */
  readonly world?: Partial<World>;
}

export interface HaircutsOptions extends ListenToAccountsOptions {
  /**
   * Checks the proof of each notice's haircut, and that the notice says the same, and ends with PROOF_DOES_NOT_HOLD where one does not hold. Of
   * what is given back a proof shows of which haircut, and so how much at most.
   */
  readonly verify?: boolean | undefined;
}

/** A client of one server, for one caller. It opens a connection when it needs one. */
export type Shearwater = ReturnType<typeof createShearwater>;

export function createShearwater(options: ShearwaterOptions) {
  const { timeoutMs = 60_000, retryMs = 60_000, keepAliveMs = 10_000, webSocket } = options;
  const { onRetry = () => {}, fetch = globalThis.fetch } = options;
  const keys = new Keys(options.keys ?? memoryKeys());
  const world: World = { ...theWorld, ...options.world };
  const tokens = new Tokens(options.token);
  const url = `${options.url.replace(/\/+$/, '')}/graphql`;
  const http = { url, tokens, fetch, timeoutMs };

  const ask = <Result, Variables>(
    document: Document<Result, Variables>,
    variables: Variables,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Result> => {
    const query = document.toString();
    const mayRepeat = !/\bmutation\b/.test(query) || hasKey(variables);
    return untilDone(() => post({ query, variables }, http, signal) as Promise<Result>, {
      ...{ mayRepeat, withinMs: retryMs, signal, world, onRetry },
    });
  };

  const closing = new AbortController();
  const until = (signal?: AbortSignal): AbortSignal =>
    signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
  let socket: Socket | null = null;
  const line = (): Line => {
    socket ??= new Socket({ url: url.replace(/^http/, 'ws'), tokens, webSocket, keepAliveMs });
    return { socket, world, onRetry };
  };
  const hear = <Notice extends { readonly cursor: string }>(
    feed: Feed<Notice>,
    { signal, ...listening }: ListenToAccountsOptions,
    start: () => Promise<string | null>,
    check?: (notice: Notice) => void,
  ) => listen(line(), feed, { ...listening, signal: until(signal) }, start, check);

  /** Where a pool is now. Of a pool that is not there the subscription itself says so. */
  const nowIn = async (pool: string) => (await ask(PoolDocument, { name: pool })).pool?.sequence ?? null;

  return {
    ...mutationsOf(ask),
    ...queriesOf(ask),
    /** Runs any document: one typed by GraphQL Code Generator, or a text. Refusals are in the answer, `errors` are thrown. */
    ask,
    /**
     * What any subscription tells, until the server ends it or the signal aborts. It is opened again where the connection breaks, and what
     * was told meanwhile is lost: use `haircuts`, `losses` and `marginAlerts` for what must not be.
     */
    async *subscribe<Result, Variables>(
      document: Document<Result, Variables>,
      variables: Variables,
      { signal }: { readonly signal?: AbortSignal } = {},
    ): AsyncGenerator<Result, void, undefined> {
      const question = { query: document.toString(), variables };
      const told = follow(line(), () => question, { isEndless: false, signal: until(signal) });
      for await (const data of told) yield data as Result;
    },
    /**
     * Haircuts, refunds and reversals of accounts, each once, in order, from where the store says, else past `after`, else from now on.
     * A notice counts as handled, and is saved, when the next one is asked for: the last one comes again after a crash.
     */
    haircuts: ({ verify = false, ...listening }: HaircutsOptions): AsyncGenerator<HaircutNotice, void> => {
      const { pool } = listening;
      const feed = verify ? provenHaircutNotices : haircutNotices;
      const check = verify ? (notice: HaircutNotice) => checkNotice(pool, notice) : undefined;
      return hear(feed, listening, () => nowIn(pool), check);
    },
    /** Losses, settlements, recoveries, reversals and halts of a pool, as `haircuts` does. */
    losses: (listening: ListenOptions): AsyncGenerator<LossNotice, void> =>
      hear(lossNotices, listening, () => nowIn(listening.pool)),
    /** Changes of accounts' health, as `haircuts` does; without store and `after` it begins with the first that there ever was. */
    marginAlerts: (listening: ListenToAccountsOptions): AsyncGenerator<MarginAlert, void> =>
      hear(marginAlerts, listening, async () => '0'),
    /** How far a simulation is, until it ends. */
    async *simulationProgress(id: string, { signal }: { readonly signal?: AbortSignal } = {}) {
      for await (const { simulationProgress } of this.subscribe(
        SimulationProgressDocument,
        { id },
        { signal },
      )) {
        yield simulationProgress;
      }
    },
    /**
     * Does something once, whatever happens in between: the key is kept before `send` is called, and whoever calls again under the same name
     * sends the same key, to which the server answers what it answered then. Let go of the name with `forget`, once you kept what came of it.
     */
    once: async <T>(name: string, send: (idempotencyKey: string) => Promise<T>): Promise<T> =>
      send(await keys.of(name)),
    /** Lets go of the key of that name, which may then be used for something else. */
    forget: (name: string): Promise<void> => keys.forget(name),
    /** Ends the connection, and quietly whatever iterates over it. */
    close(): void {
      closing.abort();
      socket?.close();
    },
  };
}

/** Whether a mutation may be sent again: the server knows it by its key. */
function hasKey(variables: unknown): boolean {
  const { input } = variables as { input?: { idempotencyKey?: unknown } };
  return typeof input?.idempotencyKey === 'string';
}
