import type { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { ERROR_CODES, type ErrorExtensionCode, publicError } from '../graphql/errors.ts';

export type Mask = (error: unknown) => GraphQLError;

/** What callers see of errors, on every transport: each is logged and counted once, however often it passes. */
export function errorMask(log: Logger, onError: (code: ErrorExtensionCode) => void = () => {}): Mask {
  const shown = new WeakSet<object>();
  return (error) => {
    if (shown.has(error as object)) return error as GraphQLError;
    const masked = publicError(error, (err, reference) =>
      log.error({ err, reference }, 'an operation failed'),
    );
    shown.add(masked);
    const code = masked.extensions.code as ErrorExtensionCode;
    // Yoga has codes of its own for what does not parse or validate; callers never see them.
    onError(ERROR_CODES.includes(code) ? code : 'BAD_USER_INPUT');
    return masked;
  };
}
