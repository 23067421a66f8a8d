import type { Logger } from 'pino';

/** How long the same trouble is counted and not said again. */
const QUIET_MS = 60_000;
/** How many kinds are remembered; what was said longest ago goes first, and would be said anew. */
const MAX_KINDS = 200;

/**
 * Says what goes wrong in the background. What is tried again twice a second fails twice a second while the database is away: the first time
 * is said at once, and then once a minute, with how often it was not.
 */
export class Troubles {
  readonly #log: Pick<Logger, 'warn' | 'error'>;
  readonly #now: () => number;
  readonly #said = new Map<string, { readonly at: number; unsaid: number }>();

  /** @param now milliseconds that only go forward */
  constructor(log: Pick<Logger, 'warn' | 'error'>, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  warn = (err: unknown, doing: string): void => this.#say('warn', err, doing);
  error = (err: unknown, doing: string): void => this.#say('error', err, doing);

  #say(level: 'warn' | 'error', err: unknown, doing: string): void {
    const { code, message } = (err ?? {}) as { code?: unknown; message?: unknown };
    const kind = `${doing}: ${String(code)} ${String(message ?? err)}`;
    const said = this.#said.get(kind);
    const at = this.#now();
    if (said && at - said.at < QUIET_MS) {
      said.unsaid++;
      return;
    }
    this.#said.delete(kind);
    this.#said.set(kind, { at, unsaid: 0 });
    if (this.#said.size > MAX_KINDS) this.#said.delete(this.#said.keys().next().value!);
    this.#log[level](
      { err, ...(said && said.unsaid > 0 ? { repeated: said.unsaid } : {}) },
      `failed ${doing}`,
    );
  }
}
