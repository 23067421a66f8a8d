import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type AddressPolicy, guardedLookup, literalOf, mayReach } from './address.ts';

/** From the looking up of the name to the end of the answer. */
const TIMEOUT_MS = 10_000;
/** What is read of an answer, so that its connection can be used again; nothing of it is kept. */
const MAX_ANSWER_BYTES = 64 * 1_024;

/** How an attempt ended. */
export interface Posted {
  readonly outcome: 'delivered' | 'gone' | 'failed';
  /** What was wrong, for the webhook's owner. It tells nothing of what answered but its status. */
  readonly problem: string | null;
  /** How long the receiver asks us to wait. */
  readonly retryAfterMs: number | null;
}

const failed = (problem: string): Posted => ({ outcome: 'failed', problem, retryAfterMs: null });
const FORBIDDEN = 'The URL leads to an address that webhooks do not reach.';

/** Posts to one receiver over one connection. It follows no redirect, and connects to no address that was not checked. */
export class Poster {
  readonly #policy: AddressPolicy;
  readonly #timeoutMs: number;
  readonly #agents: { readonly 'http:': HttpAgent; readonly 'https:': HttpsAgent };

  constructor(policy: AddressPolicy, timeoutMs = TIMEOUT_MS) {
    this.#policy = policy;
    this.#timeoutMs = timeoutMs;
    const options = { keepAlive: true, maxSockets: 1, lookup: guardedLookup(policy) };
    this.#agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) };
  }

  async post(address: string, headers: Readonly<Record<string, string>>, body: string): Promise<Posted> {
    const url = new URL(address);
    if (url.protocol === 'http:' && !this.#policy.allowsPrivate)
      return failed('Notices are posted over https only.');
    const literal = literalOf(url);
    if (literal !== null && !mayReach(literal, this.#policy)) return failed(FORBIDDEN);
    return new Promise((resolve) => {
      let answer: Posted | null = null;
      let wrong: NodeJS.ErrnoException | null = null;
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: this.#agents[url.protocol as 'http:' | 'https:'],
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Shearwater-Webhooks',
          ...headers,
        },
      });
      const timer = setTimeout(
        () => request.destroy(Object.assign(new Error('late'), { code: 'LATE' })),
        this.#timeoutMs,
      );
      request.on('response', (response) => {
        answer = judge(response);
        drain(response);
      });
      request.on('error', (error) => {
        wrong = error;
      });
      // Whatever happens ends in this; an answer whose rest never came is an answer all the same.
      request.on('close', () => {
        clearTimeout(timer);
        // The receiver closed the connection of the delivery before just when this one was sent on it.
        if (!answer && request.reusedSocket && wrong?.code === 'ECONNRESET')
          resolve(this.post(address, headers, body));
        else resolve(answer ?? failed(this.#explain(wrong)));
      });
      request.end(body);
    });
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #explain(error: NodeJS.ErrnoException | null): string {
    const code = error?.code ?? 'no answer';
    if (code === 'FORBIDDEN_ADDRESS') return FORBIDDEN;
    if (code === 'LATE') return `The receiver did not answer within ${this.#timeoutMs / 1_000} seconds.`;
    return `The receiver could not be reached (${code}).`;
  }
}

function judge({ statusCode = 0, headers }: IncomingMessage): Posted {
  if (statusCode >= 200 && statusCode < 300)
    return { outcome: 'delivered', problem: null, retryAfterMs: null };
  if (statusCode === 410)
    return {
      outcome: 'gone',
      problem: 'The receiver answered 410 Gone: it wants no more notices.',
      retryAfterMs: null,
    };
  const redirects = statusCode >= 300 && statusCode < 400;
  const seconds = /^\d{1,9}$/.exec(headers['retry-after'] ?? '')?.[0];
  return {
    outcome: 'failed',
    problem: `The receiver answered ${statusCode}${redirects ? ', and redirects are not followed' : ''}.`,
    retryAfterMs: seconds === undefined ? null : Number(seconds) * 1_000,
  };
}

function drain(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy();
  });
  response.on('error', () => {});
}
