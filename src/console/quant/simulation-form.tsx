import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { useLocation } from 'wouter';
import { canonicalDecimal } from '../../core/decimal.ts';
import {
  StartSimulationDocument,
  type StartSimulationMutation,
  type StartSimulationMutationVariables,
} from '../generated/graphql.ts';
import { Panel } from '../kit/panel.tsx';
import { Slider } from '../kit/slider.tsx';
import { Problem } from '../kit/states.tsx';
import { percent } from './estimate.tsx';
import { newKey, simulationInput, USUAL } from './model.ts';

const FINEST = 1_000;

interface FormProps {
  readonly pool: string;
  readonly markets: readonly string[];
  readonly fundSizes: readonly string[];
}

/** What to simulate. The server runs it as a job: the page of the job shows how far it is. */
export function SimulationForm({ pool, markets, fundSizes }: FormProps) {
  const [model, setModel] = useState(USUAL);
  const [problem, setProblem] = useState<string | null>(null);
  const [, go] = useLocation();
  const [{ fetching }, start] = useMutation<StartSimulationMutation, StartSimulationMutationVariables>(
    String(StartSimulationDocument),
  );
  const set = (change: Partial<typeof model>) => setModel({ ...model, ...change });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const slippage = canonicalDecimal(model.slippage.trim());
    if (slippage === null) return setProblem('Write the slippage as a share, such as 0.002.');
    const input = simulationInput(pool, markets, fundSizes, { ...model, slippage }, newKey());
    const { data, error } = await start({ input });
    const answer = data?.startSimulation;
    if (answer?.__typename === 'Simulation')
      return go(`/pools/${encodeURIComponent(pool)}/simulation/${encodeURIComponent(answer.id)}`);
    setProblem(
      answer?.message ?? error?.graphQLErrors[0]?.message ?? 'The server did not answer: try again.',
    );
  };

  return (
    <Panel title="Model">
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor="law">How prices move</label>
        <select
          id="law"
          value={model.law}
          onChange={({ target }) => set({ law: target.value as typeof model.law })}
        >
          <option value="studentT">Student-t shocks: fat tails, at once in all markets</option>
          <option value="gbm">Brownian motions</option>
        </select>
        <Slider
          label="Annual volatility"
          {...{ min: 0.1, max: 3, step: 0.05, value: model.volatility, print: percent }}
          onChange={(volatility) => set({ volatility })}
        />
        <Slider
          label="Correlation"
          {...{ min: 0, max: 0.95, step: 0.05, value: model.correlation, print: percent }}
          onChange={(correlation) => set({ correlation })}
        />
        {model.law === 'studentT' && (
          <Slider
            label="Degrees of freedom"
            {...{ min: 3, max: 20, step: 1, value: model.degreesOfFreedom, print: String }}
            onChange={(degreesOfFreedom) => set({ degreesOfFreedom })}
          />
        )}
        <Slider
          label="Horizon in days"
          {...{ min: 1, max: 30, step: 1, value: model.horizonDays, print: String }}
          onChange={(horizonDays) => set({ horizonDays })}
        />
        <Slider
          label="Paths"
          {...{ min: FINEST, max: 50_000, step: FINEST, value: model.paths }}
          print={(value) => value.toLocaleString('en')}
          onChange={(paths) => set({ paths })}
        />
        <label htmlFor="slippage">Slippage of closing out, as a share</label>
        <input
          id="slippage"
          inputMode="decimal"
          value={model.slippage}
          onChange={({ target }) => set({ slippage: target.value })}
        />
        <label htmlFor="seed">Seed: the same seed gives the same paths</label>
        <input
          id="seed"
          inputMode="numeric"
          pattern="[0-9]{1,18}"
          required
          value={model.seed}
          onChange={({ target }) => set({ seed: target.value })}
        />
        {problem && <Problem error={problem} />}
        <button type="submit" disabled={fetching || markets.length === 0}>
          Simulate
        </button>
      </form>
    </Panel>
  );
}
