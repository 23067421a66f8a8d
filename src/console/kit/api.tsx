import { createClient as createSocket } from 'graphql-ws';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import {
  cacheExchange,
  createClient,
  fetchExchange,
  mapExchange,
  Provider,
  subscriptionExchange,
} from 'urql';
import { useSession } from '../session/session.tsx';

/** How the socket for what is heard stands. */
export type Connection = 'idle' | 'connecting' | 'live' | 'lost';

const Status = createContext<Connection>('idle');
export const useConnection = (): Connection => useContext(Status);

/** The one way to data: the public API with the reader's token, queries by POST and what is to be heard over a socket. */
export function ApiProvider({ token, children }: { token: string; children: ReactNode }) {
  const { signOut } = useSession();
  const [connection, setConnection] = useState<Connection>('idle');

  const { client, socket } = useMemo(() => {
    const socket = createSocket({
      url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      on: {
        connecting: () => setConnection((was) => (was === 'live' ? 'lost' : 'connecting')),
        connected: () => setConnection('live'),
        closed: (event) => setConnection((event as CloseEvent).wasClean ? 'idle' : 'lost'),
      },
    });
    const client = createClient({
      url: '/graphql',
      preferGetMethod: false,
      fetchOptions: { headers: { authorization: `Bearer ${token}` } },
      exchanges: [
        mapExchange({
          onError({ graphQLErrors }) {
            const refused = graphQLErrors.find(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');
            if (refused) signOut(refused.message);
          },
        }),
        cacheExchange,
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = '', variables = {} }) => ({
            subscribe: (sink) => ({
              unsubscribe: socket.subscribe(
                { query, variables: variables as Record<string, unknown> },
                sink as never,
              ),
            }),
          }),
        }),
      ],
    });
    return { client, socket };
  }, [token, signOut]);

  useEffect(() => () => void socket.dispose(), [socket]);
  return (
    <Status value={connection}>
      <Provider value={client}>{children}</Provider>
    </Status>
  );
}
