import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { TokenVerifier } from '../auth/tokens.ts';
import { type Context, createContext, type Services } from '../graphql/context.ts';
import type { Engine } from '../graphql/engine.ts';
import { ERROR_CODES } from '../graphql/errors.ts';
import { limitRules } from '../graphql/limits.ts';
import { authenticate } from './authenticate.ts';
import { BodyTooLarge, readBody } from './body.ts';
import { endQuietly } from './end-quietly.ts';
import type { Mask } from './mask.ts';

export interface GraphqlHttpOptions {
  readonly engine: Engine;
  readonly services: Services;
  readonly verify: TokenVerifier;
  readonly mask: Mask;
  readonly allowedOrigins: readonly string[];
}

interface NodeContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

const EXAMPLE = `# Give your token below, under "Headers":
#   {"authorization": "Bearer …"}
# npm run token -- --help says how to make one.

query Pools {
  viewer {
    subject
    roles
  }
  pools(first: 10) {
    edges {
      node {
        name
        asset
        insuranceFund {
          balance
          available
        }
        totals {
          equity
          haircutCapacity
          openDeficit
          uncovered
        }
      }
    }
  }
}
`;

/**
 * GraphQL over HTTP. Yoga speaks the protocol: GET, SSE, content negotiation, the explorer, and every refusal. A POST
 * of JSON with a document that ran before takes the short way: body, token, compiled query, JSON.
 */
export function graphqlHttp(options: GraphqlHttpOptions) {
  const { engine, services, verify, mask, allowedOrigins } = options;

  const useEngine: Plugin = {
    onValidate: ({ addValidationRule }) => {
      for (const rule of limitRules) addValidationRule(rule);
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
    onSubscribe: ({ setSubscribeFn }) => {
      setSubscribeFn((args) => engine.subscribe(args));
      return {
        onSubscribeResult: ({ result, setResult }) => {
          if (Symbol.asyncIterator in result) setResult(endQuietly(result, mask));
        },
      };
    },
  };

  const yoga = createYoga<NodeContext, Context>({
    schema: engine.schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    logging: false,
    graphiql: { title: 'Shearwater', defaultQuery: EXAMPLE },
    renderGraphiQL,
    cors:
      allowedOrigins.length === 0
        ? false
        : { origin: [...allowedOrigins], methods: ['GET', 'POST', 'OPTIONS'] },
    maskedErrors: { maskError: (error) => mask(error) },
    plugins: [useEngine],
    context: async ({ request, res }) =>
      createContext(services, await authenticate(verify, request.headers.get('authorization')), {
        endsWithToken: false,
        cut: () => res.destroy(),
      }),
  });

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (req.method !== 'POST') return yoga(req, res);
    let body: Buffer;
    try {
      body = await readBody(req);
    } catch (error) {
      if (!(error instanceof BodyTooLarge)) throw error;
      res.writeHead(413, { 'content-type': 'application/json', connection: 'close' });
      res.end(
        JSON.stringify({ errors: [{ message: error.message, extensions: { code: 'BAD_USER_INPUT' } }] }),
      );
      return;
    }
    const { accept, 'content-type': type } = req.headers;
    if (isJson(type) && acceptsPlainJson(accept) && (await runKnown(body, req, res))) return;
    // Yoga takes a body that was read already from here.
    Object.assign(req, { body });
    return yoga(req, res);
  };

  /** False when this is not a request that the short way can answer. */
  async function runKnown(body: Buffer, req: IncomingMessage, res: ServerResponse): Promise<boolean> {
    const params = parseParams(body);
    const prepared = params && engine.known(params.query);
    if (!prepared) {
      // What Yoga is about to run for the first time is known from then on.
      if (params) engine.prepare(params.query);
      return false;
    }
    if (!engine.isQuery(prepared, params.operationName)) return false;
    const { origin } = req.headers;
    if (origin !== undefined && allowedOrigins.length > 0) return false;
    let viewer: Awaited<ReturnType<typeof authenticate>>;
    try {
      viewer = await authenticate(verify, req.headers.authorization);
    } catch {
      return false;
    }
    const result = await engine.execute({
      schema: engine.schema,
      document: prepared.document,
      operationName: params.operationName,
      variableValues: params.variables,
      contextValue: createContext(services, viewer),
    });
    if (!('data' in result)) return false;
    const text = JSON.stringify(
      result.errors ? { data: result.data, errors: result.errors.map(mask) } : { data: result.data },
    );
    res.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    });
    res.end(text);
    return true;
  }
}

function withContractCode(error: GraphQLError): GraphQLError {
  if ((ERROR_CODES as readonly unknown[]).includes(error.extensions?.code)) return error;
  Object.assign(error.extensions, { code: 'BAD_USER_INPUT' });
  return error;
}

const isJson = (type: string | undefined): boolean =>
  /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type ?? '');

/** The short way answers application/json only; who asks for anything else is Yoga's. */
const acceptsPlainJson = (accept: string | undefined): boolean =>
  accept === undefined || accept === '*/*' || accept === 'application/json';

interface Params {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
}

/** The parameters of a well-formed request without extensions; null for everything that Yoga must judge. */
function parseParams(body: Buffer): Params | null {
  let params: unknown;
  try {
    params = JSON.parse(body.toString());
  } catch {
    return null;
  }
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return null;
  const { query, operationName, variables, extensions } = params as Record<string, unknown>;
  if (typeof query !== 'string' || extensions != null) return null;
  if (operationName != null && typeof operationName !== 'string') return null;
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) return null;
  return {
    query,
    operationName: operationName ?? null,
    variables: (variables as Record<string, unknown>) ?? {},
  };
}
