import type { ReactNode } from 'react';

/** A number in a table, with a bar beside it that says how it compares with the others. */
export function Spark({ share, children }: { share: number; children: ReactNode }) {
  return (
    <span className="sparked">
      <span className="spark" aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      {children}
    </span>
  );
}
