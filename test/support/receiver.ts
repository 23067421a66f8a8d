import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import type { Certified } from './certificates.ts';

export interface Delivery {
  readonly path: string;
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its assertions what it expects of a notice.
  readonly notices: any[];
}

type Answer = (response: ServerResponse, request: IncomingMessage, delivery: Delivery) => void;

export const taken: Answer = (response) => void response.writeHead(204).end();
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end('no');

/** A receiver of webhooks: it keeps what came, in order, and answers as it is told to. */
export class Receiver {
  readonly deliveries: Delivery[] = [];
  answer: Answer = taken;
  /** Over TLS: by what name each connection asked for it. */
  readonly serverNames: (string | false | null)[] = [];
  readonly #isSecure: boolean;
  readonly #server;

  private constructor(certified: Certified | undefined) {
    this.#isSecure = certified !== undefined;
    this.#server = certified
      ? createTlsServer(certified, this.#take).on('secureConnection', (socket: TLSSocket) =>
          this.serverNames.push(socket.servername),
        )
      : createServer(this.#take);
  }

  readonly #take = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { headers } = request;
      const delivery = {
        path: request.url!,
        id: String(headers['webhook-id']),
        headers,
        body,
        notices: noticesOf(body),
      };
      this.deliveries.push(delivery);
      this.answer(response, request, delivery);
    });
  };
  #url = '';

  /** @param certified makes it one over TLS, whose URL has the name `localhost` */
  static async start(certified?: Certified): Promise<Receiver> {
    const receiver = new Receiver(certified);
    await new Promise<void>((done) => receiver.#server.listen(0, '127.0.0.1', done));
    const place = receiver.#isSecure ? 'https://localhost' : 'http://127.0.0.1';
    receiver.#url = `${place}:${(receiver.#server.address() as AddressInfo).port}/notices`;
    return receiver;
  }

  get url(): string {
    return this.#url;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get notices(): Delivery['notices'] {
    return this.deliveries.flatMap(({ notices }) => notices);
  }

  /** What came to a path of its own below the receiver's. */
  noticesAt(name: string): Delivery['notices'] {
    return this.deliveries.filter(({ path }) => path.endsWith(`/${name}`)).flatMap(({ notices }) => notices);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

function noticesOf(body: string): Delivery['notices'] {
  try {
    return JSON.parse(body).data.notices;
  } catch {
    return [];
  }
}

/** What the specification's own library says of a delivery: its body, or an error. */
export const verify = ({ headers, body }: Delivery, secret: string): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>);
