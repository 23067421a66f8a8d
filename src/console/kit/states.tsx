import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';

/** What is shown while the first answer is on its way. It takes the height of what comes, so that nothing jumps. */
export function Waiting({ rows = 8 }: { rows?: number }) {
  return (
    <div className="waiting" role="status" style={{ minHeight: `${rows * 2}rem` }}>
      <span>Asking…</span>
    </div>
  );
}

/** There is nothing, and what to do about it. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

/** What went wrong, in the server's words where it has any. */
export function Problem({ error, onRetry }: { error: CombinedError | Error | string; onRetry?: () => void }) {
  return (
    <div className="problem" role="alert">
      <p>{sentence(error)}</p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

function sentence(error: CombinedError | Error | string): string {
  if (typeof error === 'string') return error;
  if ('graphQLErrors' in error && error.graphQLErrors[0]) return error.graphQLErrors[0].message;
  if ('networkError' in error && error.networkError)
    return 'The server did not answer. It is asked again as soon as it can be reached.';
  return error.message;
}
