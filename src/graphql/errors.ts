import { GraphQLError } from 'graphql';

/** errors[].extensions.code, for what is no typed refusal. */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
  'INTERNAL_SERVER_ERROR',
] as const;
export type ErrorExtensionCode = (typeof ERROR_CODES)[number];

export function codedError(code: ErrorExtensionCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

export const badUserInput = (message: string): GraphQLError => codedError('BAD_USER_INPUT', message);
export const forbidden = (message: string): GraphQLError => codedError('FORBIDDEN', message);
export const unauthenticated = (message: string): GraphQLError => codedError('UNAUTHENTICATED', message);

/** Too much of something for now. Over HTTP it is a 429 with Retry-After; on a socket the seconds are in the extensions. */
export const rateLimited = (message: string, seconds: number): GraphQLError =>
  new GraphQLError(message, {
    extensions: {
      code: 'RATE_LIMITED',
      retryAfter: seconds,
      http: { status: 429, headers: { 'retry-after': String(seconds) } },
    },
  });

/** To readers whose last notice is not in the database any more: what they know beside it may be gone too. */
export const otherHistory = (): GraphQLError =>
  badUserInput(
    'The database was restored to a state before your last notice, or that notice is of another database: read the pool anew and listen without `after`.',
  );

/** graphql-ws hands an error that ended a stream over as a cause. */
const originalOf = (error: GraphQLError): Error | undefined =>
  error.originalError ?? (error.cause as Error | undefined);

/** Whether an error is a failure of ours, and not what we or graphql-js raised for the caller. */
export function isOurs(error: unknown): boolean {
  const original = originalOf(error as GraphQLError);
  const raised = error instanceof GraphQLError || isJitError(error);
  return !raised || (original !== undefined && !(original instanceof GraphQLError));
}

/**
 * What a caller sees of an error. What we and graphql-js raised for the caller passes, with a code; everything else is
 * a bug: it goes to the log under a reference, and the caller gets the reference only.
 */
export function publicError(error: unknown, log: (error: unknown, reference: string) => void): GraphQLError {
  const graphqlError = error as GraphQLError;
  const original = originalOf(graphqlError);
  const { message, nodes, source, positions, path } = graphqlError;
  if (!isOurs(error)) {
    const code =
      graphqlError.extensions?.code ??
      (original as GraphQLError | undefined)?.extensions?.code ??
      'BAD_USER_INPUT';
    return new GraphQLError(message, {
      nodes,
      source,
      positions,
      path,
      extensions: { ...graphqlError.extensions, code },
    } as ConstructorParameters<typeof GraphQLError>[1]);
  }
  const reference = crypto.randomUUID();
  log(original ?? error, reference);
  return new GraphQLError(`Something went wrong on our side; quote ${reference} when you report it.`, {
    ...(error instanceof GraphQLError || isJitError(error) ? { nodes, source, positions, path } : {}),
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  } as ConstructorParameters<typeof GraphQLError>[1]);
}

/** graphql-jit raises errors of its own class, with the path of the field and the resolver's error inside. */
function isJitError(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'path' in error &&
    'locations' in error &&
    'message' in error
  );
}
