import type { ReactNode } from 'react';
import { Link, Route, Switch } from 'wouter';
import { ApiProvider, useConnection } from './kit/api.tsx';
import type { Connection } from './kit/hearing.ts';
import { decoded, NavLink } from './kit/nav.tsx';
import { NoSuchPage } from './kit/page.tsx';
import { SchemeSwitch } from './kit/scheme.tsx';
import { PoolRoutes } from './pool/routes.tsx';
import { PoolsPage } from './pools/pools.tsx';
import { type SessionControl, useSession } from './session/session.tsx';
import { SignInPage } from './session/sign-in.tsx';
import { AccountPage } from './trader/account-page.tsx';
import { AccountsPage } from './trader/accounts.tsx';

export function App() {
  const control = useSession();
  const { session } = control;
  if (session.state === 'opening') {
    return (
      <Frame control={control}>
        <p className="opening">Opening…</p>
      </Frame>
    );
  }
  if (session.state === 'signed-out') {
    return (
      <Frame control={control}>
        <SignInPage />
      </Frame>
    );
  }
  return (
    <ApiProvider token={session.token} key={session.claims.subject}>
      <Frame control={control}>
        <Switch>
          <Route path="/" component={PoolsPage} />
          <Route path="/pools/:pool/*?">{({ pool }) => <PoolRoutes pool={pool} key={pool} />}</Route>
          <Route path="/accounts" component={AccountsPage} />
          <Route path="/accounts/:pool/:ref">
            {({ pool, ref }) => (
              <AccountPage pool={decoded(pool)} reference={decoded(ref)} key={`${pool}/${ref}`} />
            )}
          </Route>
          <Route path="/sign-in" component={SignInPage} />
          <Route>
            <NoSuchPage />
          </Route>
        </Switch>
      </Frame>
    </ApiProvider>
  );
}

/** The frame of every page. index.html paints it before any script has run. */
function Frame({ control: { session }, children }: { control: SessionControl; children: ReactNode }) {
  const isIn = session.state === 'signed-in';
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <header className="top">
        <Link className="brand" href="/">
          <svg viewBox="0 0 32 20" aria-hidden="true">
            <path d="M1 4c6-1.500 10.500 0 15 5.500C20.500 4 25 2.500 31 4c-6 1.200-10.500 4.500-15 12C11.500 8.500 7 5.200 1 4z" />
          </svg>
          <span>Shearwater</span>
        </Link>
        {isIn && (
          <nav aria-label="Main">
            <NavLink href="/">Pools</NavLink>
            <NavLink href="/accounts">Accounts</NavLink>
          </nav>
        )}
        <div className="tools">
          <SchemeSwitch />
          {isIn && (
            <Link href="/sign-in" className="who">
              {session.claims.subject}
            </Link>
          )}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer className="status">
        {isIn && <Live />}
        {isIn && session.isLocal && <strong>Signed in by itself as this machine’s administrator</strong>}
      </footer>
    </>
  );
}

const SAYS: Readonly<Record<Exclude<Connection['state'], 'refused'>, string>> = {
  idle: 'Nothing to hear on this page',
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Not live: trying again',
};

function Live() {
  const connection = useConnection();
  return (
    <span className={`live is-${connection.state}`} role="status">
      {connection.state === 'refused' ? `Not live: ${connection.why}` : SAYS[connection.state]}
    </span>
  );
}
