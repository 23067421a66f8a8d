import { useState } from 'react';
import { StressMarketsDocument } from '../generated/graphql.ts';
import { Amount, Percent, Quantity } from '../kit/amount.tsx';
import { Cascade } from '../kit/cascade.tsx';
import { isZero } from '../kit/digits.ts';
import { useLive } from '../kit/live.tsx';
import { Page } from '../kit/page.tsx';
import { Figures, Panel } from '../kit/panel.tsx';
import { Empty, Problem, Waiting } from '../kit/states.tsx';
import { useDebounced } from '../kit/use-debounced.ts';
import { ShockControls } from './shock-controls.tsx';
import { CALM, inputOf, type Shocks } from './shocks.ts';
import { StressCurve } from './stress-curve.tsx';
import { type Outcome, useCurve } from './use-curve.ts';
import { useStress } from './use-stress.ts';

/** Shocks on sliders, and what they would come to. Nothing is written. */
export function StressPage({ pool }: { pool: string }) {
  const [shocks, setShocks] = useState(CALM);
  const asked = useDebounced(shocks);
  const [{ data: markets }] = useLive(StressMarketsDocument, { pool });
  const curve = useCurve(pool, asked);
  const point = useStress(inputOf(pool, asked, [asked.common]));
  const { answer } = point;
  const outcome = answer?.__typename === 'StressTest' ? answer.scenarios[0]! : null;
  return (
    <Page title={`Stress · ${pool}`}>
      <div className="workbench">
        <ShockControls
          shocks={shocks}
          markets={markets?.pool?.markets.map(({ symbol }) => symbol) ?? []}
          onChange={setShocks}
        />
        <div className="stack">
          <Panel
            title="Loss by common shock"
            aside={
              curve.isDone
                ? 'all else as the sliders stand'
                : curve.isBroken
                  ? 'it could not be asked to its end'
                  : 'asking…'
            }
          >
            <StressCurve points={curve.points} common={shocks.common} />
          </Panel>
          <Panel
            title="At this shock"
            aside={point.fetching || asked !== shocks ? 'asking…' : 'nothing is written'}
          >
            <div className="outcome">
              {point.error && !answer ? (
                <Problem error={point.error} onRetry={point.ask} />
              ) : answer && answer.__typename !== 'StressTest' ? (
                <Problem error={answer.message} />
              ) : outcome ? (
                <OutcomeView outcome={outcome} shocks={asked} />
              ) : (
                <Waiting rows={14} />
              )}
            </div>
          </Panel>
        </div>
      </div>
    </Page>
  );
}

function OutcomeView({ outcome, shocks }: { outcome: Outcome; shocks: Shocks }) {
  return (
    <div className="stack">
      <Figures
        items={[
          ['Closed out', <Quantity key="1" value={outcome.closedOutCount} />],
          ['Left below zero', <Quantity key="2" value={outcome.bankruptCount} />],
          ['Fund afterwards', <Amount key="3" value={outcome.fundAfter} />],
          ['Accounts with a haircut', <Quantity key="4" value={outcome.haircutCount} />],
          ['Of their profit', <Percent key="5" share={outcome.haircutRatio.decimal} digits={4} />],
          ...(shocks.contagion
            ? [['Rounds of contagion', <Quantity key="6" value={outcome.rounds.length} />] as const]
            : []),
        ]}
      />
      {isZero(outcome.deficit) ? (
        <Empty>Nobody is left below zero: nothing would be lost.</Empty>
      ) : (
        <Cascade of={outcome} caption="How the loss would be covered" />
      )}
    </div>
  );
}
