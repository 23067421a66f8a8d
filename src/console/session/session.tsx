import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { type Claims, readClaims, tokenIn } from './token.ts';

/** Who is signed in. The token lives as long as the tab, and is sent to this server's API and nowhere else. */
export type Session =
  | { readonly state: 'opening' }
  | { readonly state: 'signed-out'; readonly reason: string | null }
  | {
      readonly state: 'signed-in';
      readonly token: string;
      readonly claims: Claims;
      readonly isLocal: boolean;
    };

export interface SessionControl {
  readonly session: Session;
  /** Takes a pasted text. Answers with what is wrong with it, or null. */
  signIn(text: string): string | null;
  signOut(reason?: string): void;
}

const EXPIRED = 'The token has expired: paste a new one to go on.';
const KEY = 'shearwater.token';
/** A local session is renewed before it ends. */
const EARLY_MS = 60_000;
/** The longest that a timer of a browser waits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const Context = createContext<SessionControl | null>(null);

export function useSession(): SessionControl {
  return useContext(Context)!;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session>({ state: 'opening' });

  const open = useCallback(async () => setSession(givenSession() ?? (await localSession())), []);
  useEffect(() => void open(), [open]);

  const signOut = useCallback((reason: string | null = null) => {
    sessionStorage.removeItem(KEY);
    setSession((was) => {
      // Who else noticed that says no more than who noticed first.
      if (was.state === 'signed-out') return was;
      const isExpired = was.state === 'signed-in' && was.claims.expiresAt.getTime() <= Date.now();
      return { state: 'signed-out', reason: reason !== null && isExpired ? EXPIRED : reason };
    });
  }, []);

  useEffect(() => {
    if (session.state !== 'signed-in') return;
    const { claims, isLocal } = session;
    const left = claims.expiresAt.getTime() - Date.now() - (isLocal ? EARLY_MS : 0);
    const end = () => {
      if (isLocal) void localSession().then(setSession);
      else signOut(EXPIRED);
    };
    const timer = setTimeout(end, Math.min(Math.max(left, 0), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  }, [session, signOut]);

  const control = useMemo<SessionControl>(
    () => ({
      session,
      signOut,
      signIn(text) {
        const token = tokenIn(text);
        const claims = token === null ? null : readClaims(token);
        if (token === null || claims === null)
          return 'This is no token: paste all three parts, with the dots between.';
        if (claims.expiresAt.getTime() <= Date.now()) return 'This token has expired: get a new one.';
        sessionStorage.setItem(KEY, token);
        setSession({ state: 'signed-in', token, claims, isLocal: false });
        return null;
      },
    }),
    [session, signOut],
  );
  return <Context value={control}>{children}</Context>;
}

/** A token that came in the fragment, which browsers send to nobody, or one that the tab kept. */
function givenSession(): Session | null {
  const fragment = new URLSearchParams(location.hash.slice(1)).get('token');
  if (fragment !== null) history.replaceState(null, '', location.pathname + location.search);
  const token = fragment ?? sessionStorage.getItem(KEY);
  const claims = token === null ? null : readClaims(token);
  if (token === null || claims === null || claims.expiresAt.getTime() <= Date.now()) return null;
  sessionStorage.setItem(KEY, token);
  return { state: 'signed-in', token, claims, isLocal: false };
}

/** A server that was started for this machine alone signs its console in by itself (src/server/local-session.ts). */
async function localSession(): Promise<Session> {
  try {
    const response = await fetch('/local-session', { method: 'POST' });
    if (response.status === 200) {
      const { token } = (await response.json()) as { token: string };
      return { state: 'signed-in', token, claims: readClaims(token)!, isLocal: true };
    }
    const reason = response.status === 403 ? ((await response.json()) as { message: string }).message : null;
    return { state: 'signed-out', reason };
  } catch {
    return {
      state: 'signed-out',
      reason: 'The server cannot be reached: start it, and load this page again.',
    };
  }
}
