import { createClient } from 'graphql-ws';
import { type Failure, failureOf, isPassing } from './failure.ts';

/** How what is heard stands, all of it: live only where nothing is left out. */
export type Connection =
  | { readonly state: 'idle' | 'connecting' | 'live' | 'lost' }
  | { readonly state: 'refused'; readonly why: string };

/** Something to hear for as long as it is wanted. */
export interface Hearing {
  /** Asked at each opening, so that it can resume where it is then. */
  readonly question: () => { readonly query: string; readonly variables: Record<string, unknown> };
  readonly onData: (data: unknown) => void;
  /** It was away, and is heard again. */
  readonly onBack?: () => void;
  /** It will not be opened again. */
  readonly onRefused?: (failure: Failure) => void;
  /** Whether the server ends it only because it must, and never because all is told. */
  readonly isEndless: boolean;
}

/** How often to see whether the other side is still there, and how long it may take to answer, or to take a connection. */
const PING_MS = 10_000;
const PATIENCE_MS = 5_000;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** What is refused within this time was never taken: one that failed before counts as heard only after it. */
const TAKEN_MS = 1_000;

/**
 * The socket for all that is heard. Whatever ends a subscription, it is opened again, with a pause that doubles from try to try; only what no
 * other try can mend is left. graphql-ws itself tries nothing again: it takes some closes for final that are not.
 */
export class Ear {
  readonly #socket: ReturnType<typeof createClient>;
  readonly #onConnection: (connection: Connection) => void;
  readonly #onUnauthenticated: (why: string) => void;
  readonly #opened = new Set<Opened>();
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #isConnected = false;

  constructor(options: {
    readonly url: string;
    readonly token: string;
    readonly onConnection: (connection: Connection) => void;
    readonly onUnauthenticated: (why: string) => void;
    readonly pingMs?: number;
  }) {
    this.#onConnection = options.onConnection;
    this.#onUnauthenticated = options.onUnauthenticated;
    const give = () => {
      clearTimeout(this.#watchdog);
      this.#watchdog = setTimeout(() => this.#socket.terminate(), PATIENCE_MS);
    };
    const calm = () => clearTimeout(this.#watchdog);
    const turn = (isConnected: boolean) => {
      calm();
      this.#isConnected = isConnected;
      for (const each of this.#opened) each.turn(isConnected);
    };
    this.#socket = createClient({
      url: options.url,
      connectionParams: { authorization: `Bearer ${options.token}` },
      retryAttempts: 0,
      keepAlive: options.pingMs ?? PING_MS,
      on: {
        connecting: give,
        connected: () => turn(true),
        ping: (isTheirs) => isTheirs || give(),
        pong: (isTheirs) => isTheirs && calm(),
        closed: () => turn(false),
      },
    });
  }

  /** @returns what ends it */
  hear(hearing: Hearing): () => void {
    const onChange = (failure?: Failure) => {
      if (failure?.code === 'UNAUTHENTICATED') this.#onUnauthenticated(failure.message);
      this.#tell();
    };
    const opened = new Opened(this.#socket, () => this.#isConnected, hearing, onChange);
    this.#opened.add(opened);
    opened.open();
    this.#tell();
    return () => {
      opened.leave();
      this.#opened.delete(opened);
      this.#tell();
    };
  }

  close(): void {
    for (const each of this.#opened) each.leave();
    this.#opened.clear();
    // One that is still opening would be waited for.
    if (this.#isConnected) void this.#socket.dispose();
    else this.#socket.terminate();
  }

  #tell(): void {
    const all = [...this.#opened].map(({ connection }) => connection).filter(({ state }) => state !== 'idle');
    const worst = (['lost', 'refused', 'connecting', 'live'] as const)
      .map((state) => all.find((each) => each.state === state))
      .find((each) => each !== undefined);
    this.#onConnection(worst ?? { state: 'idle' });
  }
}

/** One subscription, over all its openings. */
class Opened {
  readonly #socket: ReturnType<typeof createClient>;
  readonly #isConnected: () => boolean;
  readonly #hearing: Hearing;
  readonly #onChange: (failure?: Failure) => void;
  #connection: Connection = { state: 'connecting' };
  #unsubscribe = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;
  #hasFailed = false;
  #tries = 0;

  constructor(
    socket: ReturnType<typeof createClient>,
    isConnected: () => boolean,
    hearing: Hearing,
    onChange: (failure?: Failure) => void,
  ) {
    this.#socket = socket;
    this.#isConnected = isConnected;
    this.#hearing = hearing;
    this.#onChange = onChange;
  }

  get connection(): Connection {
    return this.#connection;
  }

  open(): void {
    const openedAt = performance.now();
    let isOver = false;
    const end = (failure: Failure | null) => {
      if (isOver) return;
      isOver = true;
      this.leave();
      // One that lasted is no sign that the next will fail.
      if (performance.now() - openedAt > LONGEST_PAUSE_MS) this.#tries = 0;
      this.#ended(failure);
    };
    this.#isOpen = true;
    const leave = this.#socket.subscribe(this.#hearing.question(), {
      next: ({ data, errors }) => {
        if (isOver) return;
        if (errors) return end(failureOf(errors));
        this.#tries = 0;
        this.#live();
        this.#hearing.onData(data);
      },
      error: (reason) => end(failureOf(reason)),
      complete: () => end(null),
    });
    this.#unsubscribe = () => {
      isOver = true;
      leave();
    };
    if (this.#isConnected()) this.turn(true);
  }

  /** The connection came, or went: then what was asked on it fails too, or is asked on the next. */
  turn(isConnected: boolean): void {
    if (!this.#isOpen) return;
    clearTimeout(this.#timer);
    if (isConnected) this.#timer = setTimeout(() => this.#live(), this.#hasFailed ? TAKEN_MS : 0);
    else if (this.#connection.state === 'live') this.#stand({ state: 'connecting' });
  }

  leave(): void {
    clearTimeout(this.#timer);
    this.#isOpen = false;
    this.#unsubscribe();
  }

  #live(): void {
    clearTimeout(this.#timer);
    if (this.#connection.state === 'live') return;
    this.#stand({ state: 'live' });
    if (this.#hasFailed) this.#hearing.onBack?.();
    this.#hasFailed = false;
  }

  #ended(failure: Failure | null): void {
    if (failure === null && !this.#hearing.isEndless) this.#stand({ state: 'idle' });
    else if (failure !== null && !isPassing(failure)) {
      this.#hearing.onRefused?.(failure);
      this.#stand({ state: 'refused', why: failure.message }, failure);
    } else {
      this.#hasFailed = true;
      const pause = Math.max(pauseMs(this.#tries++, Math.random), failure?.waitMs ?? 0);
      this.#timer = setTimeout(() => this.open(), pause);
      this.#stand({ state: 'lost' });
    }
  }

  #stand(connection: Connection, failure?: Failure): void {
    this.#connection = connection;
    this.#onChange(failure);
  }
}

/** Between half and all of what doubles with each try. The jitter keeps those who lost one server from coming back as one. */
export function pauseMs(tries: number, random: () => number): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 20));
  return most / 2 + (random() * most) / 2;
}
