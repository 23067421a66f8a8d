import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Child, startChildServer } from '../support/child.ts';
import { within } from '../support/eventually.ts';
import { pause } from '../support/listen.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { integrator } from '../support/server.ts';

/** Bytes that no client sends. Nobody has to show a token to send them, so none of them may end the process. */

let database: TestDatabase;
let child: Child;
beforeAll(async () => {
  database = await createTestDatabase();
});
// Each test has a server that lives, whatever became of the one before.
beforeEach(async () => {
  if (!child?.isRunning()) child = await startChildServer(database.url);
});
afterAll(async () => {
  await child?.end();
  await database?.drop();
});

async function send(text: string | Buffer, then?: (socket: Socket) => void): Promise<void> {
  const { hostname, port } = new URL(child.url);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(text, () => then?.(socket)));
    socket.on('error', () => resolve());
    socket.on('data', () => setTimeout(() => socket.destroy(), 20));
    socket.on('close', () => resolve());
    setTimeout(() => socket.destroy(), 500);
  });
}

async function expectAlive(): Promise<void> {
  await pause(50);
  expect(child.isRunning(), child.lines.slice(-12).join('\n')).toBe(true);
  expect((await within('an answer', fetch(`${child.url}/health`))).status).toBe(200);
}

const upgrade = (
  path: string,
  more = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n',
) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n${more}\r\n`;

it.each(['//', '///', '/\\', '//[', 'http://', 'http://[', '*', '/%', '//:x', '/graphql?%', '\\\\'])(
  'an upgrade of the path %s is refused, and the server lives',
  async (path) => {
    await send(upgrade(path));
    await expectAlive();
  },
);

it.each([
  ['without a key', upgrade('/graphql', 'Sec-WebSocket-Version: 13\r\n')],
  [
    'of another version',
    upgrade('/graphql', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 1\r\n'),
  ],
  ['to another protocol', 'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'],
  ['by POST', upgrade('/graphql').replace('GET', 'POST')],
  [
    'with extensions that are none',
    upgrade('/graphql').replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate; =\r\n\r\n'),
  ],
  [
    'with a thousand protocols',
    upgrade('/graphql').replace('graphql-transport-ws', Array(1_000).fill('a').join(',')),
  ],
  ['with an origin that is none', upgrade('/graphql').replace('\r\n\r\n', '\r\nOrigin: http://[\r\n\r\n')],
  ['without a host', 'GET /graphql HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ['as no HTTP at all', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])],
  ['and a request beside it', `${upgrade('/graphql')}GET / HTTP/1.1\r\nHost: x\r\n\r\n`],
])('an upgrade %s does no harm', async (_, text) => {
  await send(text);
  await send(text, (socket) => socket.resetAndDestroy());
  await expectAlive();
});

it.each<[what: string, frame: Buffer]>([
  ['that is not masked', Buffer.from([0x81, 0x01, 0x61])],
  ['with reserved bits', Buffer.from([0xf1, 0x80, 0, 0, 0, 0])],
  ['of an unknown kind', Buffer.from([0x8f, 0x80, 0, 0, 0, 0])],
  [
    'that announces an exabyte',
    Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
  ],
  ['of text that is no UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff])],
  ['of a close with a code that is none', Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x00, 0x01])],
  [
    'of a ping that is too long',
    Buffer.concat([Buffer.from([0x89, 0xfe, 0x00, 0xff, 0, 0, 0, 0]), Buffer.alloc(255)]),
  ],
  ['that breaks off', Buffer.from([0x81])],
])('a frame %s does no harm', async (_, frame) => {
  for (const end of [false, true]) {
    const raw = new RawSocket(child.url);
    await new Promise((resolve) => raw.socket.once('open', resolve));
    const { _socket: tcp } = raw.socket as unknown as { _socket: Socket };
    tcp.write(frame);
    if (end) tcp.resetAndDestroy();
    await pause(50);
    raw.end();
  }
  await expectAlive();
});

it('messages of every odd kind, in any order, do no harm', async () => {
  const { token } = await child.caller(integrator);
  const odd = [
    '',
    'null',
    '5',
    '"x"',
    '{}',
    '{"type":null}',
    '{"type":"__proto__"}',
    '{"type":"complete"}',
    '{"type":"complete","id":"nobody"}',
    '{"type":"ping","payload":[]}',
    '{"type":"ping","payload":{"a":1}}',
    '{"type":"pong"}',
    '{"type":"next","id":"1","payload":{}}',
    '{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}',
    '{"type":"subscribe","id":"__proto__","payload":{"query":"{ __typename }"}}',
    '{"type":"subscribe","id":"a","payload":{"query":5}}',
    '{"type":"subscribe","id":"b","payload":{"query":"{ __typename }","variables":[]}}',
    '{"type":"subscribe","id":"c","payload":{"query":"{ __typename }","variables":null,"operationName":"X"}}',
    '{"type":"subscribe","id":"d","payload":{"query":""}}',
    `{"type":"subscribe","id":"e","payload":{"query":"${'{ a '.repeat(3_000)}"}}`,
    `${'['.repeat(100_000)}`,
    '{"type":"connection_init","payload":{"authorization":5}}',
    '{"type":"connection_init","payload":{"authorization":{"toString":1}}}',
  ];
  for (const message of odd) {
    const before = new RawSocket(child.url);
    await new Promise((resolve) => before.socket.once('open', resolve));
    before.send(message);
    const after = await RawSocket.open(child, token);
    after.send(message);
    after.send(Buffer.from([0, 1, 2]).toString('latin1'));
    await pause(15);
    before.end();
    after.end();
  }
  await expectAlive();
});
