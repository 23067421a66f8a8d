import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import WebSocket, { WebSocketServer } from 'ws';

/** Of what the server sends on a socket: what arrives instead. */
export type Change = (message: string) => readonly string[];

/** Told of what passes by HTTP, before it is passed on. */
export interface Passing {
  readonly onRequest: (body: string) => void;
  readonly onAnswer: () => void;
}

/** Stands between a client and a server, and loses, repeats or forges what the server tells on sockets. */
export async function startRelay(target: string, change: Change, passing?: Passing) {
  const server = createServer(async (request, response) => {
    const body = new Uint8Array(await buffer(request));
    passing?.onRequest(Buffer.from(body).toString());
    const answer = await fetch(`${target}${request.url}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' },
      body,
    });
    const text = await answer.text();
    passing?.onAnswer();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  });
  const sockets = new WebSocketServer({ server, handleProtocols: ([protocol]) => protocol ?? false });
  sockets.on('connection', (near) => {
    const far = new WebSocket(`${target.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const early: string[] = [];
    near.on('message', (data) => {
      if (far.readyState === far.OPEN) far.send(String(data));
      else early.push(String(data));
    });
    far.on('open', () => {
      for (const text of early) far.send(text);
    });
    far.on('message', (data) => {
      for (const text of change(String(data))) near.send(text);
    });
    far.on('close', (code, reason) => (code === 1006 ? near.terminate() : near.close(code, reason)));
    near.on('close', () => far.terminate());
    for (const socket of [near, far]) socket.on('error', () => socket.terminate());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
