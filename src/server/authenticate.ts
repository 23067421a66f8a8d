import type { GraphQLError } from 'graphql';
import { bearerToken, InvalidToken, type TokenVerifier } from '../auth/tokens.ts';
import type { Viewer } from '../auth/viewer.ts';
import { unauthenticated } from '../graphql/errors.ts';

/** Whoever an authorization stands for; null where none is sent. Anything but a valid token is refused, never ignored. */
export async function authenticate(
  verify: TokenVerifier,
  authorization: string | null | undefined,
): Promise<Viewer | null> {
  try {
    const token = bearerToken(authorization);
    return token === null ? null : await verify(token);
  } catch (error) {
    if (error instanceof InvalidToken) throw withStatus(unauthenticated(error.message), 401);
    throw error;
  }
}

function withStatus(error: GraphQLError, status: number): GraphQLError {
  Object.assign(error.extensions, { http: { status, headers: { 'www-authenticate': 'Bearer' } } });
  return error;
}
