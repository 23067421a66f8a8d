import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy on the loopback whose connections can be cut, and made to stand still: what a network does to them. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs: Set<readonly [Socket, Socket]>;
  #stalled = false;

  private constructor(server: Server, pairs: Set<readonly [Socket, Socket]>) {
    this.#server = server;
    this.#pairs = pairs;
    this.port = (server.address() as AddressInfo).port;
  }

  /** In front of a port, or of what is told at each connection. */
  static async start(target: () => number): Promise<TcpProxy> {
    const pairs = new Set<readonly [Socket, Socket]>();
    let isStalled = () => false;
    const server = createServer((near) => {
      const far = connect(target(), '127.0.0.1');
      const pair = [near.setNoDelay(true), far.setNoDelay(true)] as const;
      pairs.add(pair);
      for (const [from, to] of [pair, [far, near]] as const) {
        from.on('data', (chunk) => {
          if (!to.write(chunk)) from.pause();
        });
        to.on('drain', () => {
          if (!isStalled()) from.resume();
        });
        from.on('end', () => to.end());
        from.on('error', () => to.destroy());
        from.on('close', () => {
          pairs.delete(pair);
          to.destroy();
        });
        if (isStalled()) from.pause();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new TcpProxy(server, pairs);
    isStalled = () => proxy.#stalled;
    return proxy;
  }

  get count(): number {
    return this.#pairs.size;
  }

  /** Cuts the connections that `choose` takes, at once and without a word. */
  drop(choose: () => boolean): number {
    const cut = [...this.#pairs].filter(choose);
    for (const pair of cut) for (const socket of pair) socket.resetAndDestroy();
    return cut.length;
  }

  /** Nothing passes any more, and nothing is cut; new connections are taken and stand still too. */
  stall(): void {
    this.#stalled = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  heal(): void {
    this.#stalled = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close(): Promise<void> {
    this.drop(() => true);
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
