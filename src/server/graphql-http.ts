import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { ExecutionArgs, GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { TokenVerifier } from '../auth/tokens.ts';
import type { Viewer } from '../auth/viewer.ts';
import { type Context, createContext, type Services } from '../graphql/context.ts';
import type { Engine, Prepared, Question } from '../graphql/engine.ts';
import { badUserInput, ERROR_CODES } from '../graphql/errors.ts';
import { printResult } from '../graphql/printed.ts';
import { addressOf } from './address.ts';
import { authenticate } from './authenticate.ts';
import { BodyTooLarge, readBody } from './body.ts';
import type { Connections } from './connections.ts';
import { endQuietly, type QuietStream } from './end-quietly.ts';
import { EXAMPLES } from './explorer.ts';
import type { Mask } from './mask.ts';
import { NO_JSON, paramsOf, parseJson, questionOf } from './question.ts';
import type { Rates } from './rates.ts';

export interface GraphqlHttpOptions {
  readonly engine: Engine;
  readonly services: Services;
  readonly verify: TokenVerifier;
  readonly mask: Mask;
  readonly allowedOrigins: readonly string[];
  readonly rates: Rates;
  readonly connections: Connections;
  /** Proxies of the operator's own that stand before the process. */
  readonly proxyHops: number;
  readonly hasExplorer: boolean;
}

/** A request, and what was found out about it before Yoga saw it. */
interface Judged extends IncomingMessage {
  /** Taken by Yoga as a body that was read already. */
  body?: Buffer;
  /** Who asks, or why that cannot be said. */
  caller?: Viewer | null | Refusal;
}

/** Why a request is not answered. */
interface Refusal {
  readonly error: unknown;
}

interface NodeContext {
  readonly req: Judged;
  readonly res: ServerResponse;
}

/**
 * GraphQL over HTTP. Every request is known, counted and limited here first. A POST of JSON with a valid query or mutation takes
 * the short way: body, token, compiled query, JSON. Yoga speaks the rest of the protocol: GET, SSE, content negotiation, the
 * explorer, and every refusal of a document.
 */
export function graphqlHttp(options: GraphqlHttpOptions) {
  const { engine, services, verify, mask, allowedOrigins, rates, connections, proxyHops } = options;

  const subscribe = async (args: ExecutionArgs) => {
    const { viewer } = args.contextValue as Context;
    const places: (() => void)[] = [];
    const leave = () => {
      for (const place of places.splice(0)) place();
    };
    let stream: QuietStream | null = null;
    /** Why it must not go on, from when it was let in: its beginning takes a while. */
    let over: GraphQLError | null = null;
    const end = (why: GraphQLError) => {
      over = why;
      stream?.end(why);
    };
    try {
      if (viewer) {
        places.push(connections.open(viewer, end));
        places.push(connections.subscribe());
      }
    } catch (error) {
      leave();
      return { errors: [error as GraphQLError] };
    }
    try {
      const results = await engine.subscribe(args);
      if (Symbol.asyncIterator in results) {
        stream = endQuietly(results, mask, leave);
        if (over) stream.end(over);
        return stream;
      }
      leave();
      return results;
    } catch (error) {
      leave();
      throw error;
    }
  };

  const useEngine: Plugin = {
    onParse: ({ setParseFn }) => {
      setParseFn((source: string) => {
        const prepared = engine.known(source);
        return prepared ? prepared.document : engine.parse(source);
      });
    },
    onValidate: ({ setValidationFn }) => {
      setValidationFn((_, document) => engine.validate(document));
    },
    onExecute: ({ setExecuteFn }) => setExecuteFn((args) => engine.execute(args)),
    // Yoga has codes of its own for what does not parse or validate; the contract has five.
    onResultProcess: ({ result, setResult }) => {
      if (!('errors' in result) || !result.errors) return;
      setResult({
        ...result,
        errors: result.errors.map((error) => mask(withContractCode(error as GraphQLError))),
      });
    },
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe as never),
  };

  const yoga = createYoga<NodeContext, Context>({
    schema: engine.schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    multipart: false,
    logging: false,
    // The engine keeps what it parsed and validated.
    parserAndValidationCache: false,
    graphiql: options.hasExplorer && { title: 'Shearwater', defaultTabs: [...EXAMPLES] },
    renderGraphiQL,
    cors:
      allowedOrigins.length === 0
        ? false
        : { origin: [...allowedOrigins], methods: ['GET', 'POST', 'OPTIONS'] },
    maskedErrors: { maskError: (error) => mask(error) },
    plugins: [useEngine],
    context: ({ req, res }) => {
      const { caller = null } = req;
      if (isRefusal(caller)) throw caller.error;
      return createContext(services, caller, { endsWithToken: false, cut: () => res.destroy() });
    },
  });

  /** Who asks, or why that cannot be said: Yoga tells it, in the form that is asked for. */
  const identify = (req: IncomingMessage): Promise<Viewer | null | Refusal> =>
    authenticate(verify, req.headers.authorization).catch((error: unknown) => ({ error }));

  return async (req: Judged, res: ServerResponse): Promise<void> => {
    // A browser asks for leave without a token: it can neither be told from others nor cost anything.
    if (req.method === 'OPTIONS') return yoga(req, res);
    const { origin } = req.headers;
    if (origin !== undefined && allowedOrigins.includes(origin))
      res.setHeader('access-control-allow-origin', origin);
    const isPost = req.method === 'POST';
    if (isPost) {
      try {
        req.body = await readBody(req);
      } catch (error) {
        if (!(error instanceof BodyTooLarge)) throw error;
        return refuse(res, 413, mask(badUserInput(error.message)), { connection: 'close' });
      }
      // Other types can be sent by any page of any site without asking first. Nobody needs them.
      if (!isJson(req.headers['content-type']))
        return refuse(res, 415, mask(badUserInput('Send the request as `content-type: application/json`.')));
    }
    const params = isPost ? parseJson(req.body!.toString()) : paramsOf(req);
    // Yoga would quote what JSON.parse says, which quotes the body.
    if (params === NO_JSON) return refuse(res, 400, mask(badUserInput('The body is no JSON.')));
    const question = questionOf(params);
    const caller = await identify(req);
    const viewer = isRefusal(caller) ? null : caller;
    const { prepared, points } = question ? engine.weigh(question) : { prepared: null, points: 1 };
    try {
      await rates.charge(viewer, addressOf(req, proxyHops), points);
    } catch (error) {
      const { extensions } = error as GraphQLError;
      const http = extensions.http as { status: number; headers: Record<string, string> };
      return refuse(res, http.status, mask(error), http.headers);
    }
    req.caller = caller;
    const isPlain =
      isPost &&
      !isRefusal(caller) &&
      acceptsPlainJson(req.headers.accept) &&
      (origin === undefined || allowedOrigins.length === 0);
    if (isPlain && question && prepared && 'document' in prepared && !question.hasExtensions) {
      if (await answer(question, prepared, viewer, res)) return;
    }
    return yoga(req, res);
  };

  /** False when this has no one answer, or none that is not an error of the request: nothing was run then. */
  async function answer(
    question: Question,
    prepared: Prepared,
    viewer: Viewer | null,
    res: ServerResponse,
  ): Promise<boolean> {
    const { operationName, variables } = question;
    if (!engine.hasOneAnswer(prepared, operationName)) return false;
    const result = await engine.execute({
      schema: engine.schema,
      document: prepared.document,
      operationName,
      variableValues: variables,
      contextValue: createContext(services, viewer),
    });
    if (!('data' in result)) return false;
    const text = printResult(result, mask);
    const length = Buffer.byteLength(text);
    res.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': length });
    // What is ASCII is the same in both, and Node writes Latin-1 without looking for more.
    res.end(text, length === text.length ? 'latin1' : 'utf8');
    return true;
  }
}

/** A refusal before anybody looks at the document. */
function refuse(
  res: ServerResponse,
  status: number,
  { message, extensions: { http: _, ...extensions } }: GraphQLError,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  res.end(JSON.stringify({ errors: [{ message, extensions }] }));
}

const isRefusal = (caller: Viewer | null | Refusal): caller is Refusal =>
  caller !== null && 'error' in caller;

function withContractCode(error: GraphQLError): GraphQLError {
  if ((ERROR_CODES as readonly unknown[]).includes(error.extensions?.code)) return error;
  Object.assign(error.extensions, { code: 'BAD_USER_INPUT' });
  return error;
}

const isJson = (type: string | undefined): boolean => /^application\/json\s*(;|$)/i.test(type ?? '');

/** The short way answers application/json only; who asks for anything else is Yoga's. */
const acceptsPlainJson = (accept: string | undefined): boolean =>
  accept === undefined || accept === '*/*' || accept === 'application/json';
