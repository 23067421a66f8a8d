import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/*
 * The floor of fanout: a `ws` server that knows its sockets by a number and sends each its text. `clients` counts them, `go` sends.
 */

export type SocketsOrder = { readonly texts: string } | 'peers' | 'go';
export type SocketsAnswer =
  | { readonly url: string }
  | { readonly peers: number; readonly rssKib: number }
  | { readonly sentAt: number };

const answer = (message: SocketsAnswer) => process.send!(message);
const sockets = new Map<number, WebSocket>();
let texts: string[] = [];
const server = createServer();
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  socket.once('message', (data) => sockets.set(Number(data.toString()), socket));
});

process.on('message', (order: SocketsOrder) => {
  if (order === 'peers') return answer({ peers: sockets.size, rssKib: process.memoryUsage.rss() / 1024 });
  if (order === 'go') {
    const sentAt = performance.timeOrigin + performance.now();
    for (const [i, text] of texts.entries()) sockets.get(i)!.send(text);
    return answer({ sentAt });
  }
  texts = JSON.parse(readFileSync(order.texts, 'utf8'));
  server.listen(0, '127.0.0.1', () =>
    answer({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
  );
});
process.once('disconnect', () => process.exit());
