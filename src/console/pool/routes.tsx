import { Link, Route, Switch } from 'wouter';
import { LivePool } from '../kit/live.tsx';
import { PoolPage } from './pool-page.tsx';

/** Everything below /pools/NAME hears of the pool, whichever page of it is shown. */
export function PoolRoutes({ pool: encoded }: { pool: string }) {
  const pool = decode(encoded);
  const base = `/pools/${encodeURIComponent(pool)}`;
  return (
    <LivePool pool={pool}>
      <nav className="tabs" aria-label="Pool">
        <Tab href={base}>Overview</Tab>
      </nav>
      <Switch>
        <Route path="/pools/:pool">
          <PoolPage pool={pool} />
        </Route>
      </Switch>
    </LivePool>
  );
}

const Tab = ({ href, children }: { href: string; children: string }) => (
  <Link href={href} className={(active) => (active ? 'active' : '')}>
    {children}
  </Link>
);

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
