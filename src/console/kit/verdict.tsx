import type { Verdict } from '../../core/proof/check.ts';

/** What was checked, and what no such check can show. */
export function VerdictList({ verdict, showsNot }: { verdict: Verdict; showsNot: readonly string[] }) {
  if (!verdict.ok) {
    return (
      <div className="verdict" role="status">
        <p className="bad">
          <span aria-hidden="true">✗</span> It does not hold. Keep this, and show it to the venue.
        </p>
        <ul className="checks">
          {verdict.problems.map((problem) => (
            <li key={problem} className="bad">
              {problem}
            </li>
          ))}
        </ul>
      </div>
    );
  }
  return (
    <div className="verdict" role="status">
      <p className="good">
        <span aria-hidden="true">✓</span> It holds, checked in this browser:
      </p>
      <ul className="checks ticked">
        {verdict.checks.map((check) => (
          <li key={check}>{check}</li>
        ))}
      </ul>
      <details>
        <summary>What this does not show</summary>
        <ul className="checks">
          {showsNot.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </details>
    </div>
  );
}
