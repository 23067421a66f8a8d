import type { SimulationResultQuery } from '../generated/graphql.ts';
import { Figures, Panel } from '../kit/panel.tsx';
import { Empty } from '../kit/states.tsx';
import { DragTable } from './drag.tsx';
import { Estimate, number } from './estimate.tsx';
import { FundCurve } from './fund-curve.tsx';
import { HaircutQuantiles } from './quantiles.tsx';

export type Simulation = NonNullable<SimulationResultQuery['simulation']>;
export type Result = NonNullable<Simulation['result']>;

/** What a simulation came to. Estimates stand with their standard errors. */
export function ResultPanels({ simulation, result }: { simulation: Simulation; result: Result }) {
  const { pool } = simulation;
  return (
    <>
      <Figures
        items={[
          ['Some account ends below zero', <Estimate key="1" of={result.probabilityOfBankruptcy} share />],
          ['Winners give up something', <Estimate key="2" of={result.probabilityOfSocialization} share />],
          ['Something stays uncovered', <Estimate key="3" of={result.probabilityOfUncovered} share />],
          [`Mean haircuts, ${pool.asset}`, <Estimate key="4" of={result.expectedSocialized} />],
          ['Mean haircut rate of winners', <Estimate key="5" of={result.expectedHaircutRate} share />],
          ['Wrong-way risk', <Estimate key="6" of={result.wrongWayRisk} />],
        ]}
      />
      <Panel title="What more in the fund would change" aside="P(haircuts), 95 % band">
        {result.fundCurve.length < 2 ? (
          <Empty>
            The rules let somebody else pay beside the fund, so that its size alone says too little for a
            curve.
          </Empty>
        ) : (
          <>
            <FundCurve
              points={result.fundCurve}
              now={Number(pool.insuranceFund.available)}
              asset={pool.asset}
            />
            {result.fundForTarget && (
              <p className="note">
                For haircuts on one path of a hundred the fund would need {number(result.fundForTarget.value)}{' '}
                {pool.asset}, with 95 % confidence between {number(result.fundForTarget.low)} and{' '}
                {number(result.fundForTarget.high)}.
              </p>
            )}
          </>
        )}
      </Panel>
      <Panel title="How large haircuts get" aside="quantiles of the haircut rate, 95 % band">
        <HaircutQuantiles result={result} />
      </Panel>
      <Panel title="What haircuts cost of the return" aside="largest drag first">
        <DragTable accounts={result.accounts} pool={pool.name} />
      </Panel>
    </>
  );
}
