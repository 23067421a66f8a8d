import type { IncomingMessage } from 'node:http';

/** The path that a request asks for, as it stands there: a request line may hold what is no URL at all. */
export function pathOf({ url }: IncomingMessage): string {
  return (url ?? '/').split('?', 1)[0]!;
}
