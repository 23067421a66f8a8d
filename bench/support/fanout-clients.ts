import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { FrameReader, textFrame } from './frames.ts';

/*
 * Ten thousand WebSocket clients in one process, on bare TCP: what the clients cost must not hide what the server does. Each says
 * `opening` texts in turn, one after each answer, and notes when the text that it waits for arrives.
 */

export interface ClientsOrder {
  readonly url: string;
  readonly protocol: string | null;
  /** What each client says: first at once, then after each text that it hears, until it has said all. */
  readonly opening: readonly (readonly string[])[];
  /** Where to write what the clients were sent at last, as a JSON array. */
  readonly keep: string | null;
}

export type ClientsAnswer = { readonly opened: number } | { readonly arrivals: readonly number[] };

/** Connections under way at once. */
const AT_ONCE = 200;

const now = (): number => performance.timeOrigin + performance.now();

process.once('message', async (order: ClientsOrder) => {
  const count = order.opening.length;
  const arrivals = new Array<number>(count).fill(0);
  const texts = new Array<string>(count).fill('');
  const sockets: Socket[] = [];
  let missing = count;
  const heard = (i: number, text: string, at: number) => {
    if (arrivals[i] !== 0) throw new Error(`client ${i} was sent more than one text: ${text}`);
    arrivals[i] = at;
    texts[i] = text;
    if (--missing > 0) return;
    if (order.keep) writeFileSync(order.keep, JSON.stringify(texts));
    process.send!({ arrivals } satisfies ClientsAnswer);
  };
  let next = 0;
  const openSome = async () => {
    for (let i = next++; i < count; i = next++) sockets.push(await open(order, i, heard));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, openSome));
  process.send!({ opened: count } satisfies ClientsAnswer);
  process.once('disconnect', () => {
    for (const socket of sockets) socket.destroy();
    process.exit();
  });
});

/** Resolves when the client has said all that opens its stream. */
function open(
  { url, protocol, opening }: ClientsOrder,
  i: number,
  heard: (i: number, text: string, at: number) => void,
): Promise<Socket> {
  const { hostname, port, pathname, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const said = opening[i]!;
    let turn = 0;
    const say = () => {
      socket.write(textFrame(said[turn++]!));
      if (turn === said.length) resolve(socket);
    };
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`the server closed connection ${i}`)));
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n` +
        `${protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : ''}\r\n`,
    );
    const frames = new FrameReader((text) => {
      if (text.startsWith('{"type":"ping"')) return;
      if (turn < said.length) say();
      else heard(i, text, now());
    });
    let head: Buffer | null = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      if (!head) return frames.take(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.toString('latin1').startsWith('HTTP/1.1 101'))
        return reject(new Error(head.toString('latin1')));
      const rest = head.subarray(end + 4);
      head = null;
      say();
      frames.take(rest);
    });
  });
}
