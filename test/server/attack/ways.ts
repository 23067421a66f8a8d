import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { RawSocket } from '../../support/raw-socket.ts';

/** A server as an attacker meets it: whatever is sent, and each way that a document can go. */

export interface Sent {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export async function send(
  url: string,
  token: string | null,
  body: unknown,
  { headers = {}, query }: { headers?: Record<string, string>; query?: string } = {},
): Promise<Sent> {
  const search = query === undefined ? '' : `?query=${encodeURIComponent(query)}`;
  const response = await fetch(`${url}/graphql${search}`, {
    method: query === undefined ? 'POST' : 'GET',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(query === undefined ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** What each way answers to a document: the short one, those of Yoga, and a socket. */
export async function everyWay(url: string, token: string, query: string): Promise<Record<string, string>> {
  const ask = async (body: unknown, accept: string) =>
    (await send(url, token, body, { headers: { accept } })).text;
  const raw = await RawSocket.open({ url }, token);
  raw.subscribe('1', query);
  const [json, extended, response, stream, get] = await Promise.all([
    ask({ query }, 'application/json'),
    ask({ query, extensions: {} }, 'application/json'),
    ask({ query }, 'application/graphql-response+json'),
    ask({ query }, 'text/event-stream'),
    send(url, token, null, { query }).then(({ text }) => text),
  ]);
  const socket = JSON.stringify(
    await eventually('an answer on the socket', () => raw.messages.find(({ id }) => id === '1')?.payload),
  );
  const ways = { json, extended, response, stream, get, socket };
  raw.end();
  return ways;
}

/** Refused on every way, for a reason that is told in few words, and nothing of it is run. */
export async function expectRefused(url: string, token: string, query: string, why: RegExp): Promise<void> {
  for (const [way, text] of Object.entries(await everyWay(url, token, query))) {
    expect(text, way).toMatch(why);
    expect(text, way).not.toMatch(/"data":\{/);
    expect(text.length, way).toBeLessThan(5_000);
  }
}

export const times = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
