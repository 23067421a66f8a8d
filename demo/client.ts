import { createClient, type Client as SocketClient } from 'graphql-ws';
import { SignJWT } from 'jose';

/*
 * How any program talks to Shearwater: GraphQL by POST, and graphql-transport-ws for what is to be heard. Nothing here
 * knows the server from inside.
 */

/** A refusal of the API: a result whose type is an error of the contract. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

export type Row = Record<string, unknown>;

export class Client {
  readonly #endpoint: string;
  readonly #token: string;
  #socket: SocketClient | undefined;

  constructor(url: string, token: string) {
    this.#endpoint = `${url}/graphql`;
    this.#token = token;
  }

  /** Runs a document and answers with its one root field. */
  async ask<T>(query: string, variables: Row = {}): Promise<T> {
    const response = await fetch(this.#endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as { data?: Row | null; errors?: { message: string }[] };
    if (body.errors || !body.data)
      throw new Error(body.errors?.map((error) => error.message).join('; ') ?? `HTTP ${response.status}`);
    return Object.values(body.data)[0] as T;
  }

  /** Runs a mutation. `selection` is what to read of a success; a refusal is thrown. */
  async mutate<T>(name: string, input: Row, selection = '__typename'): Promise<T> {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    return this.#resultOf<T>(
      `mutation Demo($input: ${type}!) { ${name}(input: $input) { ${RESULT} ${selection} } }`,
      input,
    );
  }

  async preview<T>(pool: string, selection: string): Promise<T> {
    const query = `query Preview($input: PreviewSettlementInput!) {
      previewSettlement(input: $input) { ${RESULT} ... on SettlementPreview { ${selection} } } }`;
    return this.#resultOf<T>(query, { pool });
  }

  async #resultOf<T>(query: string, input: Row): Promise<T> {
    const result = await this.ask<{ __typename: string; message?: string }>(query, { input });
    if (result.__typename.endsWith('Error')) throw new Refused(result.__typename, result.message!);
    return result as T;
  }

  /** Listens. `onNotice` hears each notice in order; a socket that fails ends the demo by `onEnd`. */
  async listen<T>(
    query: string,
    variables: Row,
    onNotice: (notice: T) => void,
    onEnd: (error: Error) => void,
  ): Promise<void> {
    const socket = createClient({
      url: this.#endpoint.replace(/^http/, 'ws'),
      connectionParams: { authorization: `Bearer ${this.#token}` },
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: (error) => onEnd(asError(error)),
    });
    this.#socket = socket;
    await new Promise<void>((resolve) => socket.on('connected', () => resolve()));
    socket.subscribe<Row>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          if (errors) onEnd(new Error(errors.map((error) => error.message).join('; ')));
          else if (data) onNotice(Object.values(data)[0] as T);
        },
        error: (error) => onEnd(asError(error)),
        complete: () => {},
      },
    );
  }

  async close(): Promise<void> {
    await this.#socket?.dispose();
  }
}

const RESULT = '__typename ... on Error { message }';

function asError(cause: unknown): Error {
  if (cause instanceof Error) return cause;
  if (Array.isArray(cause)) return new Error(cause.map((error) => (error as Error).message).join('; '));
  return new Error(`the socket closed: ${(cause as { reason?: string }).reason || 'no reason given'}`);
}

/** What `npm run token` prints: a bearer token signed with the server's secret. */
export function signToken(secret: string, subject: string, role: string): Promise<string> {
  return new SignJWT({ roles: [role] })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setExpirationTime('12h')
    .sign(new TextEncoder().encode(secret));
}
