import { Route, Switch } from 'wouter';
import { LivePool } from '../kit/live.tsx';
import { decoded, NavLink } from '../kit/nav.tsx';
import { NoSuchPage } from '../kit/page.tsx';
import { SimulationPage } from '../quant/simulation-page.tsx';
import { StressPage } from '../quant/stress-page.tsx';
import { SettlementsPage } from '../settlement/list.tsx';
import { MethodsPage } from '../settlement/methods.tsx';
import { SettlementPage } from '../settlement/settlement-page.tsx';
import { PoolPage } from './pool-page.tsx';

/** Everything below /pools/NAME hears of the pool, whichever page of it is shown. */
export function PoolRoutes({ pool: encoded }: { pool: string }) {
  const pool = decoded(encoded);
  const base = `/pools/${encodeURIComponent(pool)}`;
  return (
    <LivePool pool={pool}>
      <nav className="tabs" aria-label="Pool">
        <NavLink href={base}>Overview</NavLink>
        <NavLink href={`${base}/settlements`} deep>
          Settlements
        </NavLink>
        <NavLink href={`${base}/methods`}>Methods</NavLink>
        <NavLink href={`${base}/stress`}>Stress</NavLink>
        <NavLink href={`${base}/simulation`} deep>
          Simulation
        </NavLink>
      </nav>
      <Switch>
        <Route path="/pools/:pool">
          <PoolPage pool={pool} />
        </Route>
        <Route path="/pools/:pool/settlements">
          <SettlementsPage pool={pool} />
        </Route>
        <Route path="/pools/:pool/settlements/:id">
          {({ id }) => <SettlementPage pool={pool} id={decoded(id)} key={id} />}
        </Route>
        <Route path="/pools/:pool/methods">
          <MethodsPage pool={pool} />
        </Route>
        <Route path="/pools/:pool/stress">
          <StressPage pool={pool} />
        </Route>
        <Route path="/pools/:pool/simulation/:id?">
          {({ id }) => <SimulationPage pool={pool} id={id === undefined ? null : decoded(id)} />}
        </Route>
        <Route>
          <NoSuchPage />
        </Route>
      </Switch>
    </LivePool>
  );
}
