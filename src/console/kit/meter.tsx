import { Quantity } from './amount.tsx';

/** How far something is. */
export function Meter({ label, done, of }: { label: string; done: number; of: number }) {
  const share = of === 0 ? 1 : Math.min(1, done / of);
  return (
    <div>
      <div className="row meter-label">
        <span>{label}</span>
        <span className="quiet">
          <Quantity value={done} /> of <Quantity value={of} />
        </span>
      </div>
      <div
        className="meter"
        role="progressbar"
        aria-label={label}
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}
