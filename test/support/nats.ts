import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { quietPort } from './port.ts';

/** Debian's NATS server with JetStream, on the loopback and a folder of its own. */
export class NatsServer {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  #process: ChildProcess | null = null;

  private constructor(port: number, folder: string) {
    this.#port = port;
    this.#folder = folder;
    this.url = `nats://127.0.0.1:${port}`;
  }

  static async start(): Promise<NatsServer> {
    const server = new NatsServer(await quietPort(), await mkdtemp(join(tmpdir(), 'shearwater-nats-')));
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const child = spawn(
      'nats-server',
      ['-js', '-a', '127.0.0.1', '-p', String(this.#port), '-sd', this.#folder],
      { stdio: 'ignore' },
    );
    this.#process = child;
    process.once('exit', () => child.kill('SIGKILL'));
    await eventually(
      'the broker',
      () =>
        new Promise<boolean>((resolve) => {
          const socket = connectSocket(this.#port, '127.0.0.1');
          socket.once('connect', () => resolve(socket.destroy() !== undefined));
          socket.once('error', () => resolve(false));
        }),
    );
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child) return;
    this.#process = null;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
