import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useMemo,
  useState,
} from 'react';
import { cacheExchange, createClient, fetchExchange, mapExchange, Provider } from 'urql';
import type { TypedDocumentString } from '../generated/graphql.ts';
import { useSession } from '../session/session.tsx';
import { type Connection, Ear, type Hearing } from './hearing.ts';

const Status = createContext<Connection>({ state: 'idle' });
export const useConnection = (): Connection => useContext(Status);

const Hears = createContext<Ear | null>(null);

/** The one way to data: the public API with the reader's token, queries by POST and what is to be heard over a socket. */
export function ApiProvider({ token, children }: { token: string; children: ReactNode }) {
  const { signOut } = useSession();
  const [connection, setConnection] = useState<Connection>({ state: 'idle' });

  const { client, ear } = useMemo(() => {
    const ear = new Ear({
      url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
      token,
      onConnection: setConnection,
      onUnauthenticated: (why) => signOut(sentence(why)),
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
      ],
    });
    return { client, ear };
  }, [token, signOut]);

  useEffect(() => () => ear.close(), [ear]);
  return (
    <Status value={connection}>
      <Hears value={ear}>
        <Provider value={client}>{children}</Provider>
      </Hears>
    </Status>
  );
}

/** The reason of a close, which is no sentence, as one. */
const sentence = (reason: string): string =>
  `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.!?]$/.test(reason) ? '' : '.'}`;

interface HearOptions<Data, Variables> extends Pick<Hearing, 'isEndless' | 'onBack'> {
  readonly onData: (data: Data) => void;
  /** What of the variables is another whenever it is opened again: after what to resume. */
  readonly resume?: () => Partial<Variables>;
}

/**
 * Hears a subscription for as long as the page shows what it tells.
 *
 * @returns why it is not heard any more; null while it is, or is opened again
 */
export function useHeard<Data, Variables extends object>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  { isEndless, onData, onBack, resume }: HearOptions<Data, Variables>,
): string | null {
  const ear = useContext(Hears)!;
  const [refused, setRefused] = useState<string | null>(null);
  const query = String(document);
  const key = JSON.stringify(variables);
  const place = useEffectEvent(() => resume?.());
  const take = useEffectEvent((data: unknown) => onData(data as Data));
  const back = useEffectEvent(() => onBack?.());
  useEffect(() => {
    setRefused(null);
    return ear.hear({
      isEndless,
      question: () => ({ query, variables: { ...JSON.parse(key), ...place() } }),
      onData: (data) => take(data),
      onBack: () => back(),
      onRefused: ({ message }) => setRefused(message),
    });
  }, [ear, query, key, isEndless]);
  return refused;
}
