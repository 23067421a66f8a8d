/** Numbers that were estimated: floats by nature, shown to as many digits as their error allows. */

export interface Estimated {
  readonly value: number;
  readonly standardError?: number | null;
}

const NUMBER = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const ERROR = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });
const SHARE = new Intl.NumberFormat('en', { style: 'percent', maximumSignificantDigits: 3 });

export const number = (value: number): string => NUMBER.format(value);
export const percent = (value: number): string => SHARE.format(value).replace('%', ' %');

const error = (value: number, share: boolean): string =>
  share ? `${ERROR.format(value * 100)} %` : ERROR.format(value);

/** An estimate with its standard error. */
export function Estimate({ of, share = false }: { of: Estimated | null | undefined; share?: boolean }) {
  if (!of) return <span className="none">–</span>;
  return (
    <span className="amount">
      {share ? percent(of.value) : number(of.value)}
      {of.standardError != null && <span className="fraction"> ± {error(of.standardError, share)}</span>}
    </span>
  );
}
