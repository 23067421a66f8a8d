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
  stop(): Promise<void>;
}

/** What a program under bench/support is told when it is started as a process of its own. */
export interface ServeOrder {
  readonly databaseUrl: string;
  readonly secret: string;
}

export type ServeAnswer = { readonly url: string } | { readonly peakKib: number };

/** Starts a server in a process of its own, as it would run in production, so that its memory and its core are its own. */
export async function serve(program: 'shearwater' | 'bare', databaseUrl: string): Promise<ServedProcess> {
  const secret = randomBytes(48).toString('base64url');
  const child = fork(fileURLToPath(new URL(`serve-${program}.ts`, import.meta.url)));
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
  child.send({ databaseUrl, secret } satisfies ServeOrder);
  const { url } = (await answer()) as { url: string };
  const token = await new SignJWT({ roles: ['ADMIN'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('bench')
    .setExpirationTime('12h')
    .sign(new TextEncoder().encode(secret));
  return {
    url,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    async peakMib() {
      child.send('peak');
      return ((await answer()) as { peakKib: number }).peakKib / 1024;
    },
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
    process.on('message', () =>
      process.send!({ peakKib: process.resourceUsage().maxRSS } satisfies ServeAnswer),
    );
    process.once('disconnect', () => void close().finally(() => process.exit()));
    process.send!({ url } satisfies ServeAnswer);
  });
}
