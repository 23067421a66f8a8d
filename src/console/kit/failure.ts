import type { CombinedError } from 'urql';

/** Why something was not answered, or is not heard any more. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly waitMs: number;
}

/** What no other try can mend: all else passes. */
const FINAL = ['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT'];

/** Whether the same question may be answered later, as it is. */
export const isPassing = ({ code }: Failure): boolean => !FINAL.includes(code);

/** Close codes of the server for a token that it does not take. */
const REFUSED_TOKEN = [4401, 4403];

interface Shape {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Of the errors of an answer, of a close event, or of whatever went wrong in the socket. */
export function failureOf(reason: unknown): Failure {
  if (Array.isArray(reason)) {
    const [first] = reason as readonly Shape[];
    const { code = 'INTERNAL_SERVER_ERROR', retryAfter = 0 } = first?.extensions ?? {};
    return { code: String(code), message: first?.message ?? '', waitMs: Number(retryAfter) * 1_000 };
  }
  const { code, reason: words = '' } = (reason ?? {}) as Partial<CloseEvent>;
  return {
    code: REFUSED_TOKEN.includes(code ?? 0) ? 'UNAUTHENTICATED' : 'UNREACHABLE',
    message: words,
    waitMs: 0,
  };
}

const AGAIN_MS = 3_000;

/** How long to wait before a query is asked again that may be answered later; null where it will not be. */
export function againInMs(error: CombinedError): number | null {
  const failure = failureOf(error.graphQLErrors.length > 0 ? error.graphQLErrors : error.networkError);
  return isPassing(failure) ? Math.max(AGAIN_MS, failure.waitMs) : null;
}
