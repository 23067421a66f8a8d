import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type Line, send } from '../../src/server/socket-streams.ts';

/** Results arrive as they were sent, in order, whatever their length and however fast their reader is. */

const server = createServer();
const sockets = new WebSocketServer({ server });
const lines: Promise<Line> = new Promise((resolve) => {
  sockets.once('connection', (socket, request) => resolve({ socket, wire: request.socket }));
});
let client: WebSocket;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(client, 'open');
});
afterAll(() => {
  client.terminate();
  sockets.close();
  server.close();
});

const noMask = (error: unknown): never => {
  throw error;
};

/** The length of what stands around a text in a message. */
const AROUND = JSON.stringify({ id: '1', type: 'next', payload: { data: { text: '' } } }).length;

it('whatever their length in bytes, between messages that are sent otherwise', async () => {
  const line = await lines;
  const lengths = [125, 126, 127, 1_000, 65_534, 65_535, 65_536, 70_000];
  const texts = lengths.flatMap((length) =>
    ['x', '×', '界', '😀'].map((unit) => fill(unit, length - AROUND)),
  );
  const heard: string[] = [];
  client.on('message', (data) => heard.push(data.toString()));
  for (const text of texts) {
    await send(line, '1', { data: { text } }, noMask);
    line.socket.send('between');
    await until(() => line.socket.bufferedAmount === 0);
  }
  await until(() => heard.length === 2 * texts.length);
  expect(heard).toEqual(
    texts.flatMap((text) => [
      JSON.stringify({ id: '1', type: 'next', payload: { data: { text } } }),
      'between',
    ]),
  );
  client.removeAllListeners('message');
});

it('when nobody reads them yet, and then who sends is told to wait', async () => {
  const line = await lines;
  const heard: unknown[] = [];
  client.on('message', (data) => heard.push(JSON.parse(data.toString()).payload.data.i));
  client.pause();
  const waits: Promise<void>[] = [];
  let sent = 0;
  for (; waits.length < 3 && sent < 10_000; sent++) {
    const wait = send(line, '1', { data: { i: sent, text: 'x'.repeat(10_000) } }, noMask);
    if (wait) waits.push(wait);
  }
  expect(waits).toHaveLength(3);
  client.resume();
  await Promise.all(waits);
  await until(() => heard.length === sent);
  expect(heard).toEqual(Array.from({ length: sent }, (_, i) => i));
});

/** A text of so many bytes. */
function fill(unit: string, bytes: number): string {
  const many = Math.floor(bytes / Buffer.byteLength(unit));
  return unit.repeat(many) + 'y'.repeat(bytes - many * Buffer.byteLength(unit));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
