import { type Child, type ChildOptions, startChildServer } from '../support/child.ts';
import { quietPort } from '../support/port.ts';
import { TcpProxy } from './proxy.ts';

const OPTIONS = {
  ...{ patienceMs: 2_000, holdMs: 1_500, auditMs: 2_000 },
  webhooks: { allowsPrivate: true, firstRetryMs: 100, timeoutMs: 2_000 },
} as const;

/** One server of several on a database, with proxies before and behind it. */
export class Member {
  readonly name: string;
  /** Between its clients and it. */
  readonly front: TcpProxy;
  /** Between it and PostgreSQL. */
  readonly back: TcpProxy;
  /** What it is told to be killed for is no failure; every other end is. */
  readonly died: string[] = [];
  child: Child;
  isFrozen = false;
  readonly #start: () => Promise<Child>;

  private constructor(
    name: string,
    front: TcpProxy,
    back: TcpProxy,
    child: Child,
    start: () => Promise<Child>,
  ) {
    this.name = name;
    this.front = front;
    this.back = back;
    this.child = child;
    this.#start = start;
    this.#watch();
  }

  static async start(name: string, databaseUrl: string): Promise<Member> {
    const url = new URL(databaseUrl);
    const databasePort = Number(url.port);
    const back = await TcpProxy.start(() => databasePort);
    const port = await quietPort();
    const front = await TcpProxy.start(() => port);
    url.hostname = '127.0.0.1';
    url.port = String(back.port);
    const options: ChildOptions = { ...OPTIONS, port };
    const start = () => startChildServer(url.href, options);
    return new Member(name, front, back, await start(), start);
  }

  /** Where its clients find it, whichever process serves. */
  get url(): string {
    return `http://127.0.0.1:${this.front.port}`;
  }

  get lines(): readonly string[] {
    return this.child.lines;
  }

  #killed = false;
  #watch(): void {
    const { child } = this;
    void child.exited.then(({ code, signal }) => {
      if (!this.#killed)
        this.died.push(
          `${this.name} ended by itself (${code ?? signal}): ${child.lines.slice(-8).join(' | ')}`,
        );
    });
  }

  /** kill -9, and a new process in its place. */
  async restart(afterMs: number): Promise<void> {
    this.#killed = true;
    this.child.kill('SIGKILL');
    await this.child.exited;
    this.isFrozen = false;
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    this.child = await this.#start();
    this.#killed = false;
    this.#watch();
  }

  freeze(): void {
    this.isFrozen = true;
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.isFrozen = false;
    this.child.kill('SIGCONT');
  }

  async isReady(): Promise<boolean> {
    return fetch(`${this.child.url}/ready`, { signal: AbortSignal.timeout(3_000) }).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  async end(): Promise<void> {
    this.#killed = true;
    this.thaw();
    await this.child.end();
    await this.front.close();
    await this.back.close();
  }
}
