import type { IncomingMessage } from 'node:http';

type Stranger = IncomingMessage & { readonly address: string };

/** Sockets that have not shown a token, by address: whoever wants many has to sign in. */
export class Strangers {
  readonly #most: number;
  readonly #byAddress = new Map<string, Set<Stranger>>();

  /** @param most of one address; 0 for no limit */
  constructor(most: number) {
    this.#most = most;
  }

  admit(stranger: Stranger): boolean {
    const there = this.#byAddress.get(stranger.address) ?? new Set();
    if (this.#most > 0 && there.size >= this.#most) return false;
    this.#byAddress.set(stranger.address, there.add(stranger));
    return true;
  }

  /** It showed a token, or it left. */
  forget(stranger: Stranger): void {
    const there = this.#byAddress.get(stranger.address);
    if (there?.delete(stranger) && there.size === 0) this.#byAddress.delete(stranger.address);
  }
}
