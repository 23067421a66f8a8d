import type { ExecutionResult, GraphQLError } from 'graphql';

/** A stream whose failure is its last result: server-sent events have no other way to say why they end. */
export async function* endQuietly(
  results: AsyncIterable<ExecutionResult>,
  mask: (error: unknown) => GraphQLError,
): AsyncGenerator<ExecutionResult> {
  try {
    yield* results;
  } catch (error) {
    yield { errors: [mask(error)] };
  }
}
