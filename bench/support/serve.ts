import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';

export interface ServedProcess {
  readonly url: string;
  readonly headers: Record<string, string>;
  /** The most memory that the process has held so far, in MiB. */
  peakMib(): Promise<number>;
  /** The memory that it holds now, after a collection of garbage. */
  rssKib(): Promise<number>;
  /** An Authorization header for a token of these claims, good for some hours. */
  bearer(claims: { readonly sub: string; readonly roles: readonly string[] }): Promise<string>;
  stop(): Promise<void>;
}

/** What a program under bench/support is told when it is started as a process of its own. */
export interface ServeOrder {
  readonly databaseUrl: string;
  readonly secret: string;
  readonly answerCacheMib?: number;
}

export type ServeAnswer = { readonly url: string } | { readonly peakKib: number; readonly rssKib: number };

const PROGRAMS = {
  shearwater: './serve-shearwater.ts',
  bare: './serve-bare.ts',
  mercurius: '../peers/serve-mercurius.ts',
  postgraphile: '../peers/serve-postgraphile.ts',
} as const;

/** Starts a server in a process of its own, as it would run in production, so that its memory and its core are its own. */
export async function serve(
  program: keyof typeof PROGRAMS,
  databaseUrl: string,
  options: Pick<ServeOrder, 'answerCacheMib'> = {},
): Promise<ServedProcess> {
  const secret = randomBytes(48).toString('base64url');
  const child = fork(fileURLToPath(new URL(PROGRAMS[program], import.meta.url)), {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
  });
  const exited = once(child, 'exit');
  const answer = async (): Promise<ServeAnswer> => {
    const [message] = await Promise.race([
      once(child, 'message'),
      exited.then(([code]) =>
        Promise.reject(new Error(`The server under measurement ended with exit code ${code}.`)),
      ),
    ]);
    return message;
  };
  child.send({ databaseUrl, secret, ...options } satisfies ServeOrder);
  const { url } = (await answer()) as { url: string };
  const bearer: ServedProcess['bearer'] = async (claims) => {
    const token = new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('12h');
    return `Bearer ${await token.sign(new TextEncoder().encode(secret))}`;
  };
  const memory = () => {
    child.send('memory');
    return answer() as Promise<{ peakKib: number; rssKib: number }>;
  };
  return {
    url,
    headers: {
      'content-type': 'application/json',
      authorization: await bearer({ sub: 'bench', roles: ['ADMIN'] }),
    },
    bearer,
    peakMib: async () => (await memory()).peakKib / 1024,
    rssKib: async () => (await memory()).rssKib,
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** The other end: answers orders, and ends when the benchmark is gone. */
export function onOrder(
  start: (order: ServeOrder) => Promise<{ url: string; close(): Promise<void> }>,
): void {
  process.once('message', async (order: ServeOrder) => {
    const { url, close } = await start(order);
    process.on('message', () => {
      globalThis.gc!();
      const { maxRSS: peakKib } = process.resourceUsage();
      process.send!({ peakKib, rssKib: process.memoryUsage.rss() / 1024 } satisfies ServeAnswer);
    });
    process.once('disconnect', () => void close().finally(() => process.exit()));
    process.send!({ url } satisfies ServeAnswer);
  });
}
