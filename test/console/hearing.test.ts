import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Connection, Ear, pauseMs } from '../../src/console/kit/hearing.ts';
import { eventually } from '../support/eventually.ts';

/** What is heard over a socket, and how it comes back from whatever ends it: a server that says what the test has it say. */

interface Message {
  readonly id: string;
  readonly type: string;
  readonly payload: { readonly variables: { readonly after: string } };
}

let server: WebSocketServer;
let ear: Ear;
/** What the server does with a subscription, and with a connection. */
let onSubscribe: (socket: WebSocket, message: Message) => void;
let onInit: (socket: WebSocket) => void;
/** After what was asked, in turn. */
let asked: string[];
let states: Connection[];
let signedOut: string[];
let answersPings: boolean;

const say = (socket: WebSocket, message: object) => socket.send(JSON.stringify(message));
const tell = (socket: WebSocket, { id }: Message, data: string) =>
  say(socket, { id, type: 'next', payload: { data } });
const errors = (code: string, retryAfter?: number) => [
  { message: `It is ${code}.`, extensions: { code, retryAfter } },
];

beforeEach(async () => {
  [asked, states, signedOut, answersPings] = [[], [], [], true];
  onInit = (socket) => say(socket, { type: 'connection_ack' });
  onSubscribe = () => {};
  server = new WebSocketServer({ port: 0, handleProtocols: ([protocol]) => protocol ?? false });
  server.on('connection', (socket) =>
    socket.on('message', (text) => {
      const message = JSON.parse(String(text));
      if (message.type === 'connection_init') onInit(socket);
      if (message.type === 'ping' && answersPings) say(socket, { type: 'pong' });
      if (message.type !== 'subscribe') return;
      asked.push(message.payload.variables.after);
      onSubscribe(socket, message);
    }),
  );
  await new Promise((resolve) => server.once('listening', resolve));
  ear = new Ear({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 't',
    onConnection: (connection) => states.push(connection),
    onUnauthenticated: (why) => signedOut.push(why),
    pingMs: 200,
  });
});
afterEach(() => {
  ear.close();
  for (const socket of server.clients) socket.terminate();
  server.close();
});

const state = () => states.at(-1)?.state;

/** Hears numbers, and resumes after the last of them. */
function hear(isEndless = true) {
  const heard: string[] = [];
  const told = { heard, backs: 0, refused: null as string | null, leave: () => {} };
  told.leave = ear.hear({
    isEndless,
    question: () => ({ query: 'subscription { n }', variables: { after: heard.at(-1) ?? '0' } }),
    onData: (data) => heard.push(data as string),
    onBack: () => told.backs++,
    onRefused: ({ message }) => {
      told.refused = message;
    },
  });
  return told;
}

describe('a subscription is opened again after the last that was heard', () => {
  it.each<[string, (socket: WebSocket, message: Message) => void]>([
    ['a close with 4500, as while the database is away', (socket) => socket.close(4500, 'no database')],
    ['a close with 4408', (socket) => socket.close(4408, 'too slow')],
    ['a close with 1011', (socket) => socket.close(1011)],
    ['a connection that is cut', (socket) => socket.terminate()],
    ['an error', (socket, { id }) => say(socket, { id, type: 'error', payload: errors('RATE_LIMITED') })],
    [
      'a result with errors',
      (socket, { id }) => {
        say(socket, { id, type: 'next', payload: { data: null, errors: errors('INTERNAL_SERVER_ERROR') } });
        say(socket, { id, type: 'complete' });
      },
    ],
    ['its end', (socket, { id }) => say(socket, { id, type: 'complete' })],
  ])('after %s', async (_, fail) => {
    onSubscribe = (socket, message) => {
      if (asked.length === 1) tell(socket, message, '5');
      // The second time it fails at once, and the third time it goes well.
      if (asked.length < 3) fail(socket, message);
      else tell(socket, message, '6');
    };
    const told = hear();
    await eventually('what came after', () => told.heard.length === 2);
    expect(told.heard).toEqual(['5', '6']);
    expect(asked).toEqual(['0', '5', '5']);
    expect(told).toMatchObject({ backs: 1, refused: null });
    // From the first failure to the first that is heard again nothing says that it is live.
    const turns = states.map((each) => each.state);
    const [lost, live] = [turns.indexOf('lost'), turns.lastIndexOf('live')];
    expect(lost).toBeGreaterThan(0);
    expect(turns.slice(lost, live)).not.toContain('live');
    expect(state()).toBe('live');
    expect(signedOut).toEqual([]);
  });

  it('where the server cannot say yet who asks', async () => {
    let inits = 0;
    onInit = (socket) => (++inits < 3 ? socket.close(4500) : say(socket, { type: 'connection_ack' }));
    onSubscribe = (socket, message) => tell(socket, message, '1');
    const told = hear();
    await eventually('the first', () => told.heard.length === 1);
    expect([inits, state()]).toEqual([3, 'live']);
  });

  it('not before the server wants it', async () => {
    const times: number[] = [];
    onSubscribe = (socket, { id }) => {
      times.push(performance.now());
      if (asked.length === 1) say(socket, { id, type: 'error', payload: errors('RATE_LIMITED', 2) });
    };
    hear();
    await eventually('the next', () => times.length === 2);
    expect(times[1]! - times[0]!).toBeGreaterThan(1_900);
  });

  it('where a connection answers no ping any more', async () => {
    onSubscribe = (socket, message) => {
      answersPings = asked.length > 1;
      tell(socket, message, String(asked.length));
    };
    const told = hear();
    await eventually('the next connection', () => told.heard.length === 2);
    expect(asked).toEqual(['0', '1']);
    expect(states.map((each) => each.state)).toContain('lost');
    expect(state()).toBe('live');
  });

  it('and each of several by itself: live is what all of them are', async () => {
    let isAway = true;
    onSubscribe = (socket, message) => {
      if (message.payload.variables.after === '0' && isAway)
        say(socket, { id: message.id, type: 'error', payload: errors('INTERNAL_SERVER_ERROR') });
      else tell(socket, message, '1');
    };
    const one = hear();
    await eventually('the failure', () => state() === 'lost');
    isAway = false;
    const two = hear();
    await eventually('the second', () => two.heard.length === 1);
    await eventually('the first', () => one.heard.length === 1 && state() === 'live');
  });
});

describe('a subscription is not opened again', () => {
  it.each(['FORBIDDEN', 'BAD_USER_INPUT'])('after %s, and the page says why', async (code) => {
    onSubscribe = (socket, { id }) => say(socket, { id, type: 'error', payload: errors(code) });
    const told = hear();
    await eventually('the refusal', () => told.refused);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect([asked, states.at(-1)]).toEqual([['0'], { state: 'refused', why: `It is ${code}.` }]);
    told.leave();
    expect(state()).toBe('idle');
  });

  it.each<[string, () => void]>([
    ['a close with 4403', () => (onInit = (socket) => socket.close(4403, 'the token has expired'))],
    [
      'an error',
      () =>
        (onSubscribe = (socket, { id }) =>
          say(socket, { id, type: 'error', payload: errors('UNAUTHENTICATED') })),
    ],
  ])('where the token is not taken, by %s', async (_, arrange) => {
    arrange();
    hear();
    await eventually('the word', () => signedOut.length > 0);
    expect(signedOut[0]).toMatch(/the token has expired|It is UNAUTHENTICATED/);
  });

  it('where all is told, or nobody hears it any more', async () => {
    onSubscribe = (socket, message) => {
      tell(socket, message, '1');
      if (asked.length === 1) say(socket, { id: message.id, type: 'complete' });
      else socket.close(4500);
    };
    hear(false);
    await eventually('its end', () => state() === 'idle');
    const second = hear();
    await eventually('the failure', () => state() === 'lost');
    second.leave();
    expect(state()).toBe('idle');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(asked.length).toBe(2);
  });
});

it('waits from half a second to ten, twice as long from try to try, with half of it left to chance', () => {
  const at = (chance: number) => [0, 1, 2, 3, 4, 5, 1_000].map((tries) => pauseMs(tries, () => chance));
  expect(at(1)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  expect(at(0)).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});
