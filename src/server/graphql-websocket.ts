import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { TokenVerifier } from '../auth/tokens.ts';
import type { Viewer } from '../auth/viewer.ts';
import { createContext, type Services } from '../graphql/context.ts';
import type { Engine } from '../graphql/engine.ts';
import { badUserInput, codedError } from '../graphql/errors.ts';
import { atTime } from '../outbox/at-time.ts';
import { spread } from '../outbox/spread.ts';
import { addressOf } from './address.ts';
import { authenticate } from './authenticate.ts';
import type { Connections } from './connections.ts';
import type { Mask } from './mask.ts';
import { pathOf } from './path.ts';
import type { Rates } from './rates.ts';
import { operationIdOf, requestIdOf } from './request-id.ts';
import { inScope, type Scope } from './scope.ts';
import { send, sendEach } from './socket-streams.ts';
import { Strangers } from './strangers.ts';

export interface GraphqlWebSocketOptions {
  readonly server: Server;
  readonly engine: Engine;
  readonly services: Services;
  readonly verify: TokenVerifier;
  readonly log: Logger;
  readonly onClose: (code: number) => void;
  readonly mask: Mask;
  readonly allowedOrigins: readonly string[];
  readonly rates: Rates;
  readonly connections: Connections;
  /** Sockets of one address that have not shown a token. */
  readonly unauthenticatedPerAddress: number;
  /** Proxies of the operator's own that stand before the process. */
  readonly proxyHops: number;
}

/** Close codes of graphql-transport-ws. Clients take 4403 for a state that a new token can change, and try again. */
const FORBIDDEN = 4403;
const INTERNAL = 4500;
const UNAUTHENTICATED = 4401;
const TOO_SLOW = 4408;
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_OPERATIONS_PER_SOCKET = 100;
const MAX_SOCKETS = 20_000;
const CLOSE_GRACE_MS = 2_000;

/** How long a socket may take to say who it is, and how long one may stay that said it is nobody. */
const INIT_TIMEOUT_MS = 3_000;
const ANONYMOUS_TIMEOUT_MS = 30_000;

type Extra = {
  readonly socket: WebSocket;
  readonly request: Opened;
  viewer?: Viewer | null;
  expiry?: ReturnType<typeof atTime>;
};

/** The request that a socket was opened with. */
type Opened = IncomingMessage & { readonly id: string; readonly address: string };

/** What an operation runs with, and how a subscription's results leave. */
interface Subscribing extends ExecutionArgs {
  readonly scope: Scope;
  readonly send: (result: ExecutionResult) => Promise<void> | null;
}

/** GraphQL over WebSocket: graphql-transport-ws at /graphql, the token in connection_init. */
export function graphqlWebSocket(options: GraphqlWebSocketOptions) {
  const { server, engine, services, verify, log, mask, allowedOrigins, rates, connections, proxyHops } =
    options;
  const { unauthenticatedPerAddress, onClose } = options;
  const strangers = new Strangers(unauthenticatedPerAddress);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  const scopeOf = (extra: Extra, id: string): Scope => ({
    requestId: operationIdOf(extra.request.id, id),
    trace: null,
  });

  const served = useServer<Record<string, unknown>, Extra>(
    {
      schema: engine.schema,
      execute: (args: ExecutionArgs) => inScope((args as Subscribing).scope, () => engine.execute(args)),
      subscribe: async (args: ExecutionArgs) => {
        const { scope, send } = args as Subscribing;
        let leave = () => {};
        try {
          leave = connections.subscribe();
        } catch (error) {
          return { errors: [error as GraphQLError] };
        }
        try {
          const results = await inScope(scope, () => engine.subscribe(args));
          if (Symbol.asyncIterator in results) return sendEach(results, send, leave);
          leave();
          return results;
        } catch (error) {
          leave();
          throw error;
        }
      },
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: async ({ connectionParams, extra }) => {
        try {
          extra.viewer = await authenticate(verify, authorizationOf(connectionParams ?? undefined));
        } catch (error) {
          const { message, extensions } = inScope({ requestId: extra.request.id, trace: null }, () =>
            mask(error),
          );
          extra.socket.close(extensions.code === 'UNAUTHENTICATED' ? FORBIDDEN : INTERNAL, message);
          return false;
        }
        return admit(extra as Extra);
      },
      onSubscribe: async (context, id, payload) => {
        if (Object.keys(context.subscriptions).length > MAX_OPERATIONS_PER_SOCKET) {
          return [
            codedError(
              'RATE_LIMITED',
              `A socket carries at most ${MAX_OPERATIONS_PER_SOCKET} operations at once.`,
            ),
          ];
        }
        if (typeof payload.query !== 'string')
          return [badUserInput('The operation has no document: send it as `query`.')];
        const { socket, viewer = null, request } = context.extra;
        const { operationName = null, variables } = payload;
        const { prepared, points } = engine.weigh({
          query: payload.query,
          operationName,
          variables: variables ?? {},
        });
        try {
          await rates.charge(viewer, request.address, points);
        } catch (error) {
          return [error as GraphQLError];
        }
        const scope = scopeOf(context.extra, id);
        if (!('document' in prepared)) return inScope(scope, () => prepared.map(mask));
        const args: Subscribing = {
          scope,
          send: (result) => inScope(scope, () => send({ socket, wire: request.socket }, id, result, mask)),
          schema: engine.schema,
          document: prepared.document,
          operationName: payload.operationName,
          variableValues: payload.variables,
          contextValue: createContext(services, viewer, {
            // The socket closes when the token expires, and takes its streams along.
            endsWithToken: true,
            cut: (reason) => closeWithin(socket, TOO_SLOW, reason),
          }),
        };
        return args;
      },
      onError: ({ extra }, id, _payload, errors) => inScope(scopeOf(extra, id), () => errors.map(shown)),
      onNext: ({ extra }, id, _payload, _args, result) =>
        result.errors
          ? { ...result, errors: inScope(scopeOf(extra, id), () => result.errors!.map(shown)) }
          : undefined,
      onDisconnect: ({ extra }) => extra.expiry?.cancel(),
    },
    sockets as never,
  );

  /** What HTTP says by status and headers has no place on a socket. */
  const shown = (error: unknown): GraphQLError => {
    const masked = mask(error);
    const { http, ...extensions } = masked.extensions;
    return http === undefined ? masked : Object.assign(masked, { extensions });
  };

  /** Takes a socket in that said who it is; one that said nobody may stay for a while. */
  const admit = (extra: Extra): boolean => {
    const { viewer, socket, request } = extra;
    if (!viewer) {
      const late = setTimeout(
        () => closeWithin(socket, UNAUTHENTICATED, 'send a token in connection_init'),
        ANONYMOUS_TIMEOUT_MS,
      );
      socket.once('close', () => clearTimeout(late));
      return true;
    }
    try {
      const leave = connections.open(viewer, ({ message }) => closeWithin(socket, FORBIDDEN, message));
      socket.once('close', leave);
    } catch (error) {
      const { message, extensions } = error as GraphQLError;
      socket.close(extensions.code === 'UNAUTHENTICATED' ? FORBIDDEN : TRY_AGAIN_LATER, message);
      return false;
    }
    strangers.forget(request);
    closeAtExpiry(extra);
    return true;
  };

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refuse = (status: string) =>
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.on('error', () => socket.destroy());
    if (pathOf(request) !== '/graphql') return refuse('404 Not Found');
    if (!isOwnOrigin(request, allowedOrigins)) return refuse('403 Forbidden');
    if (sockets.clients.size >= MAX_SOCKETS) return refuse('503 Service Unavailable');
    const opened: Opened = Object.assign(request, {
      id: requestIdOf(request.headers),
      address: addressOf(request, proxyHops),
    });
    if (!strangers.admit(opened)) return refuse('429 Too Many Requests');
    socket.once('close', () => strangers.forget(opened));
    sockets.handleUpgrade(opened, socket, head, (webSocket) => sockets.emit('connection', webSocket, opened));
  };
  server.on('upgrade', onUpgrade);
  sockets.on('headers', (headers, request) => headers.push(`x-request-id: ${(request as Opened).id}`));
  sockets.on('connection', (socket, request) => {
    const { id: requestId } = request as Opened;
    log.debug({ requestId }, 'a socket opened');
    socket.once('close', (code) => {
      onClose(code);
      log.debug({ requestId, code }, 'a socket closed');
    });
  });

  return {
    get socketCount() {
      return sockets.clients.size;
    },
    /** Refuses new sockets and closes the open ones, so many a second; their clients connect to another server and resume. */
    async close(perSecond: number): Promise<void> {
      server.off('upgrade', onUpgrade);
      server.on('upgrade', (_request, socket: Duplex) => socket.destroy());
      await spread(sockets.clients, perSecond, (socket) =>
        closeWithin(socket, GOING_AWAY, 'the server is shutting down: reconnect and resume'),
      );
      await served.dispose();
    },
  };
}

/** A page of another site may not open a socket; what is no browser sends no origin. */
function isOwnOrigin({ headers }: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return allowedOrigins.includes(origin) || (URL.canParse(origin) && new URL(origin).host === host);
}

function authorizationOf(params: Record<string, unknown> | undefined): string | null {
  const value = params?.authorization ?? params?.Authorization;
  return typeof value === 'string' ? value : null;
}

function closeAtExpiry(extra: Extra): void {
  if (!extra.viewer) return;
  extra.expiry = atTime(extra.viewer.expiresAt * 1_000, () =>
    closeWithin(extra.socket, FORBIDDEN, 'the token has expired'),
  );
}

/** Closes a socket with a reason; one whose peer no longer reads cannot finish the handshake and is cut. */
function closeWithin(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
}
