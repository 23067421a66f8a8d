import { Panel } from '../kit/panel.tsx';
import { Slider } from '../kit/slider.tsx';
import { CALM, decimalOf, type Shocks } from './shocks.ts';

const signed = (percent: number): string =>
  `${percent > 0 ? '+' : percent < 0 ? '−' : ''}${Math.abs(percent)} %`;

interface ControlsProps {
  readonly shocks: Shocks;
  readonly markets: readonly string[];
  readonly onChange: (shocks: Shocks) => void;
}

/** What is to be tried. */
export function ShockControls({ shocks, markets, onChange }: ControlsProps) {
  const set = (change: Partial<Shocks>) => onChange({ ...shocks, ...change });
  return (
    <Panel
      title="Shocks"
      aside={
        <button type="button" className="small" onClick={() => onChange(CALM)}>
          Reset
        </button>
      }
    >
      <Slider
        label="All marks"
        {...{ min: -60, max: 60, step: 1, value: shocks.common, print: signed }}
        onChange={(common) => set({ common })}
      />
      <Slider
        label="Slippage of closing out"
        {...{ min: 0, max: 300, step: 5, value: shocks.slippage }}
        print={(value) => `${decimalOf(value, 2)} %`}
        onChange={(slippage) => set({ slippage })}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={shocks.contagion}
          onChange={({ target }) => set({ contagion: target.checked })}
        />
        Contagion: haircuts may push further accounts under
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={shocks.belowZero}
          onChange={({ target }) => set({ belowZero: target.checked })}
        />
        Close out below zero only
      </label>
      <details>
        <summary>Markets of their own</summary>
        <div className="stack">
          {markets.map((market) => (
            <Slider
              key={market}
              label={market}
              {...{ min: -60, max: 60, step: 1, value: shocks.markets[market] ?? shocks.common }}
              print={(value) => (market in shocks.markets ? signed(value) : 'as all')}
              onChange={(change) => set({ markets: { ...shocks.markets, [market]: change } })}
            />
          ))}
        </div>
      </details>
    </Panel>
  );
}
