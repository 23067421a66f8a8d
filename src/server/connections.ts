import type { GraphQLError } from 'graphql';
import { REVOKED } from '../auth/tokens.ts';
import type { Viewer } from '../auth/viewer.ts';
import { rateLimited, unauthenticated } from '../graphql/errors.ts';
import type { Limits } from './limits.ts';

/** A WebSocket or an event stream that is open. */
interface Connection {
  readonly viewer: Viewer;
  /** Ends it, and tells its client why. */
  readonly end: (why: GraphQLError) => void;
}

/** When to come again to a process that has no room: connections come free as others leave, at no known time. */
const RETRY_SECONDS = 10;

/** What is open in this process, by subject: so that nobody has too many, and that a token which is withdrawn takes its own along. */
export class Connections {
  readonly #limits: Limits;
  readonly #isRevoked: (viewer: Viewer) => boolean;
  readonly #bySubject = new Map<string, Set<Connection>>();
  #subscriptions = 0;

  constructor(limits: Limits, isRevoked: (viewer: Viewer) => boolean) {
    this.#limits = limits;
    this.#isRevoked = isRevoked;
  }

  /** How many are open. */
  get subscriptions(): number {
    return this.#subscriptions;
  }

  /** Takes a connection in, or throws RATE_LIMITED, or UNAUTHENTICATED if the token was revoked since it was looked at. Whoever has it calls what is returned, once it is closed. */
  open(viewer: Viewer, end: Connection['end']): () => void {
    const { connectionsPerSubject: most } = this.#limits;
    const { subject } = viewer;
    if (this.#isRevoked(viewer)) throw unauthenticated(REVOKED);
    const own = this.#bySubject.get(subject) ?? new Set();
    if (most > 0 && own.size >= most) {
      throw rateLimited(
        `You have ${most} sockets and event streams open: close one, or carry several operations on one socket.`,
        RETRY_SECONDS,
      );
    }
    const connection = { viewer, end };
    own.add(connection);
    this.#bySubject.set(subject, own);
    return () => {
      own.delete(connection);
      if (own.size === 0 && this.#bySubject.get(subject) === own) this.#bySubject.delete(subject);
    };
  }

  /** Takes a subscription in, or throws RATE_LIMITED. Whoever has it calls what is returned, once it has ended. */
  subscribe(): () => void {
    const { subscriptions: most } = this.#limits;
    if (most > 0 && this.#subscriptions >= most) {
      throw rateLimited(
        `This server carries ${most} subscriptions, which is all that it takes: wait, or connect to another.`,
        RETRY_SECONDS,
      );
    }
    this.#subscriptions++;
    let isOpen = true;
    return () => {
      if (isOpen) this.#subscriptions--;
      isOpen = false;
    };
  }

  some(isMeant: (viewer: Viewer) => boolean): boolean {
    return this.#all().some(({ viewer }) => isMeant(viewer));
  }

  endRevoked(): void {
    this.endWhere(this.#isRevoked, unauthenticated(REVOKED));
  }

  /** Ends those of some viewers. */
  endWhere(isMeant: (viewer: Viewer) => boolean, why: GraphQLError): void {
    for (const { viewer, end } of this.#all()) if (isMeant(viewer)) end(why);
  }

  #all(): Connection[] {
    return [...this.#bySubject.values()].flatMap((own) => [...own]);
  }
}
