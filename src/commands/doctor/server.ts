import { createClient } from 'graphql-ws';
import { decodeJwt } from 'jose';
import WebSocket from 'ws';
import { type Access, findAccess, findUrl, type SERVER_OPTIONS } from '../kit/access.ts';
import { Api } from '../kit/api.ts';
import type { Values } from '../kit/command.ts';
import { describe } from '../kit/errors.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const TIMEOUT_MS = 5_000;
const SOON_SECONDS = 3_600;
const SKEW_MS = 5_000;

/** The server as its callers see it. */
export async function* checkServer(options: Values<typeof SERVER_OPTIONS>): AsyncGenerator<Finding> {
  let url: string;
  try {
    url = findUrl(options);
  } catch (error) {
    yield fail('server', describe(error), 'name another with --url or SHEARWATER_URL');
    return;
  }
  const health = await get(`${url}/health`);
  if (typeof health === 'string') {
    yield fail(
      'server',
      `none answers at ${url} (${health})`,
      'start one with shearwater serve, or name it with --url',
    );
    return;
  }
  if (health.body !== 'alive') {
    yield fail(
      'server',
      `what answers at ${url} is no Shearwater`,
      'name another with --url or SHEARWATER_URL',
    );
    return;
  }
  yield ok('server', `alive at ${url}`);
  const ready = await get(`${url}/ready`);
  if (typeof ready !== 'string' && ready.status === 200) yield ok('ready', 'it serves');
  else yield fail('ready', typeof ready === 'string' ? ready : ready.body, 'its log says more');
  // To the second, as the header is.
  const skew = health.date - Date.now();
  if (Math.abs(skew) > SKEW_MS)
    yield warn(
      'server clock',
      `${Math.round(skew / 1_000)} s from this one`,
      'let both take their time from NTP',
    );
  let access: Access;
  try {
    access = await findAccess(options);
  } catch (error) {
    yield fail('token', describe(error), 'shearwater help token says how to make one');
    return;
  }
  yield* checkToken(access);
}

async function* checkToken(access: Access): AsyncGenerator<Finding> {
  const { from } = access;
  try {
    const api = await Api.open(access.url, access.token);
    const viewer = await api.client.viewer();
    const roles = viewer.roles.join(', ');
    const isFixed = typeof access.token === 'string';
    const token = typeof access.token === 'string' ? access.token : await access.token();
    const { exp, pools } = decodeJwt(token);
    const left = (exp ?? 0) - Date.now() / 1_000;
    const where = Array.isArray(pools) ? `, in ${pools.join(', ')} only` : '';
    const detail = `${viewer.subject}: ${roles || 'no role'}${where}, from ${from}`;
    if (roles === '')
      yield warn('token', detail, 'ask for a token with a role: without one it may do nothing');
    else if (left < SOON_SECONDS && isFixed)
      yield warn(
        'token',
        `${detail}, good for ${Math.max(0, Math.round(left / 60))} minutes`,
        'get the next one soon',
      );
    else yield ok('token', detail);
    yield await checkSocket(access.url, token);
  } catch (error) {
    yield fail(
      'token',
      `${describe(error)} (from ${from})`,
      'make one with shearwater token, or ask whoever signs them',
    );
  }
}

/** Whether subscriptions come through: proxies often let HTTP pass and sockets not. */
async function checkSocket(url: string, token: string): Promise<Finding> {
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    // It is heard of below.
    onNonLazyError: () => {},
    connectionParams: { authorization: `Bearer ${token}` },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer in ${TIMEOUT_MS / 1_000} s`)), TIMEOUT_MS);
      socket.on('connected', () => {
        clearTimeout(late);
        resolve();
      });
      socket.on('error', reject);
      socket.on('closed', (event) => {
        clearTimeout(late);
        reject(new Error((event as { reason?: string }).reason || 'it was closed'));
      });
    });
    return ok('websocket', 'subscriptions come through');
  } catch (error) {
    const reason = (error as { message?: string }).message || 'it could not be opened';
    return fail('websocket', reason, 'let the proxies on the way pass WebSocket upgrades to /graphql');
  } finally {
    void socket.dispose();
  }
}

async function get(url: string): Promise<{ status: number; body: string; date: number } | string> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const date = Date.parse(response.headers.get('date') ?? '') || Date.now();
    return { status: response.status, body: (await response.text()).trim(), date };
  } catch (error) {
    const { cause, message } = error as Error;
    return cause instanceof Error && cause.message ? cause.message : message;
  }
}
