import { Amount, Percent } from './amount.tsx';
import { isZero, pixels, shareOf } from './digits.ts';

export type Tone = 'deficit' | 'recourse' | 'operator' | 'fund' | 'haircuts' | 'uncovered';

export interface Covering {
  readonly deficit: string;
  readonly recourse: string;
  readonly operatorCapital: string;
  readonly fundDraw: string;
  readonly socialized: string;
  readonly uncovered: string;
}

interface Step {
  readonly tone: Tone;
  readonly label: string;
  readonly amount: string;
  readonly note?: string;
}

/** Who pays, in the order of the waterfall: each tier begins where the one before it ended. */
const stepsOf = (of: Covering): Step[] => [
  { tone: 'deficit', label: 'Deficit', amount: of.deficit, note: 'what bankrupts’ own collateral left' },
  { tone: 'recourse', label: 'Owner’s other accounts', amount: of.recourse, note: 'recourse' },
  { tone: 'operator', label: 'Operator’s capital', amount: of.operatorCapital },
  { tone: 'fund', label: 'Insurance fund', amount: of.fundDraw },
  { tone: 'haircuts', label: 'Haircuts of profit', amount: of.socialized },
  { tone: 'uncovered', label: 'Uncovered', amount: of.uncovered, note: 'nobody bears it' },
];

/** A loss running down the waterfall: a table whose bars are its picture, so that it reads the same without them. */
export function Cascade({ of, caption }: { of: Covering; caption: string }) {
  const whole = pixels(of.deficit) || 1;
  let from = 0;
  const rows = stepsOf(of).map((step) => {
    const width = (pixels(step.amount) / whole) * 100;
    const left = step.tone === 'deficit' ? 0 : from;
    if (step.tone !== 'deficit') from += width;
    return { ...step, left, width };
  });
  return (
    <table className="cascade">
      <caption className="unseen">{caption}</caption>
      <thead className="unseen">
        <tr>
          <th scope="col">Who pays</th>
          <th scope="col">Share</th>
          <th scope="col">Amount</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ tone, label, amount, note, left, width }) => (
          <tr key={tone} className={isZero(amount) ? 'zero' : undefined}>
            <th scope="row">
              {label}
              {note && <small>{note}</small>}
            </th>
            <td className="track">
              <span className={`bar ${tone}`} style={{ left: `${left}%`, width: `${width}%` }} />
              <span className="unseen">
                <Percent share={shareOf(amount, of.deficit)} />
              </span>
            </td>
            <td className="number">
              <Amount value={amount} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
