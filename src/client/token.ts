import { ShearwaterError } from './errors.ts';

/** A token, or who gives one: asked at the start, and whenever the server no longer takes the last. */
export type TokenSource = string | (() => string | Promise<string>);

/** The token that is used now. */
export class Tokens {
  readonly #source: TokenSource;
  #current: Promise<string> | null = null;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  get(): Promise<string> {
    if (this.#current) return this.#current;
    const current = this.#ask();
    this.#current = current;
    // One that could not be got is asked for again.
    current.catch(() => this.renew(current));
    return current;
  }

  /** The server does not take this one. False where there can be no other. */
  renew(refused: Promise<string> | null): boolean {
    // Of several who were refused the first asks for a new one.
    if (this.#current === refused) this.#current = null;
    return typeof this.#source !== 'string';
  }

  async #ask(): Promise<string> {
    if (typeof this.#source === 'string') return this.#source;
    try {
      return await this.#source();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ShearwaterError('UNREACHABLE', `No token could be had: ${reason}`, { cause });
    }
  }
}
