import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServerMessage } from './server.ts';

export interface DemoServer {
  readonly url: string;
  /** Stops the server and its database, and waits until their folder is gone. */
  stop(): Promise<void>;
}

/** Starts the server in a process of its own. `onStart` gets the means to stop it before it is even ready. */
export async function startDemoServer(
  jwtSecret: string,
  onDoing: (text: string) => void,
  onStart: (stop: () => Promise<void>) => void,
): Promise<DemoServer> {
  // Detached: Ctrl-C in the terminal is for the demo alone, which then stops the server in order.
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), { detached: true });
  const exited = once(child, 'exit');
  const stop = () => stopServer(child, exited);
  onStart(stop);
  child.send(jwtSecret);
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: ServerMessage) => {
      if (message.kind === 'doing') onDoing(message.text);
      else if (message.kind === 'ready') resolve(message.url);
      else reject(new Error(`The server did not start: ${message.message}`));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`The server ended early (${signal ?? `exit code ${code}`}).`)),
    );
  });
  return { url, stop };
}

async function stopServer(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  await exited;
}
