import { useEffect, useState } from 'react';
import { useMutation } from 'urql';
import {
  CancelSimulationDocument,
  SimulationProgressDocument,
  type SimulationProgressSubscription,
  SimulationResultDocument,
  StressMarketsDocument,
} from '../generated/graphql.ts';
import { Quantity } from '../kit/amount.tsx';
import { useHeard } from '../kit/api.tsx';
import { useTyped } from '../kit/live.tsx';
import { Meter } from '../kit/meter.tsx';
import { Page } from '../kit/page.tsx';
import { Panel } from '../kit/panel.tsx';
import { Empty, Problem, Waiting } from '../kit/states.tsx';
import { useSession } from '../session/session.tsx';
import { readsEverything } from '../session/token.ts';
import { fundSizesOf } from './model.ts';
import { SimulationForm } from './simulation-form.tsx';
import { ResultPanels } from './simulation-result.tsx';

/** Thousands of futures: how likely haircuts are, how large, and what more in the fund would change. */
export function SimulationPage({ pool, id }: { pool: string; id: string | null }) {
  const { session } = useSession();
  const [{ data }] = useTyped(StressMarketsDocument, { pool });
  const markets = data?.pool?.markets.filter(({ markPrice }) => markPrice != null) ?? [];
  if (session.state === 'signed-in' && !readsEverything(session.claims)) {
    return (
      <Page title={`Simulation · ${pool}`}>
        <Empty>
          Simulations read every account of a pool: they take a token with the role ANALYST, INTEGRATOR or
          ADMIN, and yours has {session.claims.roles.join(', ') || 'none'}. Ask the venue for one, or look at
          what <a href={`/pools/${encodeURIComponent(pool)}/stress`}>a shock</a> would come to.
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={`Simulation · ${pool}`}>
      <div className="workbench">
        <SimulationForm
          pool={pool}
          markets={markets.map(({ symbol }) => symbol)}
          fundSizes={data?.pool ? fundSizesOf(data.pool.totals.openInterest, data.pool.decimals) : []}
        />
        {id === null ? (
          <Panel title="Result">
            <Empty>Nothing was simulated yet. Choose how prices move, and press Simulate.</Empty>
          </Panel>
        ) : (
          <Run id={id} key={id} />
        )}
      </div>
    </Page>
  );
}

function Run({ id }: { id: string }) {
  const [heard, setHeard] = useState<SimulationProgressSubscription['simulationProgress'] | null>(null);
  const refused = useHeard(
    SimulationProgressDocument,
    { id },
    { isEndless: false, onData: ({ simulationProgress }) => setHeard(simulationProgress) },
  );
  const [{ data }, ask] = useTyped(SimulationResultDocument, { id });
  const [, cancel] = useMutation(String(CancelSimulationDocument));
  const run = heard ?? data?.simulation;
  const status = run?.status;
  useEffect(() => {
    if (status === 'DONE') ask({ requestPolicy: 'network-only' });
  }, [status, ask]);

  if (refused) return <Problem error={refused} />;
  if (data && !data.simulation) return <Problem error="There is no such simulation that you may read." />;
  if (!run) return <Waiting rows={20} />;
  const simulation = data?.simulation;
  return (
    <div className="stack">
      <Panel
        title="Run"
        aside={
          <>
            <Quantity value={run.accountCount} /> accounts
          </>
        }
      >
        <div className="run">
          {status === 'DONE' && simulation?.result ? (
            <p className="good" role="status">
              ✓ Done: <Quantity value={simulation.result.paths} /> paths over the pool as it stood at sequence{' '}
              {simulation.sequence}.
            </p>
          ) : status === 'FAILED' ? (
            <Problem error={run.problem ?? 'The simulation could not be brought to its end.'} />
          ) : status === 'CANCELLED' ? (
            <p>It was cancelled.</p>
          ) : (
            <>
              <Meter
                label={status === 'QUEUED' ? 'Waiting for its turn' : 'Percent'}
                done={Math.round(run.progress * 100)}
                of={100}
              />
              <button type="button" className="small" onClick={() => void cancel({ id })}>
                Cancel
              </button>
            </>
          )}
        </div>
      </Panel>
      {simulation?.result && <ResultPanels simulation={simulation} result={simulation.result} />}
    </div>
  );
}
