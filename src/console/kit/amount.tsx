import { cutTo, digitsOf, grouped, percentOf } from './digits.ts';

/** An amount, with all the digits of its asset; the ones behind the point step back. */
export function Amount({ value, asset }: { value: string; asset?: string }) {
  const { sign, whole, fraction } = digitsOf(value);
  return (
    <data className="amount" value={value}>
      {sign}
      {whole}
      <span className="fraction">{fraction}</span>
      {asset && <span className="asset"> {asset}</span>}
    </data>
  );
}

/** A price, a size or a count: as many digits as it has, or the first of them with the rest at hand. */
export function Quantity({ value, places }: { value: string | number | null | undefined; places?: number }) {
  if (value === null || value === undefined) return <span className="none">–</span>;
  const text = String(value);
  const shown = places === undefined ? text : cutTo(text, places);
  return (
    <data className="amount" value={text} title={shown === text ? undefined : text}>
      {grouped(shown)}
      {shown !== text && <span className="fraction">…</span>}
    </data>
  );
}

/** A share between 0 and 1, as percent. */
export function Percent({ share, digits = 2 }: { share: string | null | undefined; digits?: number }) {
  if (share === null || share === undefined) return <span className="none">–</span>;
  return (
    <data className="amount" value={share}>
      {percentOf(share, digits)} %
    </data>
  );
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

/** An instant, in UTC as the API has it. */
export function When({ at }: { at: string }) {
  return (
    <time dateTime={at} title={at}>
      {DATE.format(new Date(at))} UTC
    </time>
  );
}
