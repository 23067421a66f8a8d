/** From values to pixels. Charts are pictures: what they show exactly stands in a table beside them. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
}

/** A linear scale whose ticks are round numbers. */
export function linear(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
  count = 4,
): Scale {
  const span = high - low || Math.abs(high) || 1;
  const scale = (value: number) => from + ((value - low) / span) * (to - from);
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough * 0.999)!;
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high + step * 1e-9; n++) ticks.push(n * step);
  return Object.assign(scale, { ticks });
}

/** From above zero, by powers of ten. */
export function logarithmic(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
): Scale {
  const [bottom, top] = [Math.log10(low), Math.log10(Math.max(high, low * 10))];
  const scale = (value: number) =>
    from + ((Math.log10(Math.max(value, low)) - bottom) / (top - bottom)) * (to - from);
  const ticks: number[] = [];
  const every = Math.ceil((top - bottom) / 6);
  for (let power = Math.ceil(bottom); power <= top + 1e-9; power += every) ticks.push(10 ** power);
  return Object.assign(scale, { ticks });
}

/** Instants, at whole hours, days or months. */
export function instants([low, high]: readonly [number, number], [from, to]: readonly [number, number]) {
  const steps = [1, 5, 15, 60, 360, 1_440, 10_080, 43_200].map((minutes) => minutes * 60_000);
  const span = Math.max(high - low, 60_000);
  const step = steps.find((each) => span / each <= Math.max(2, (to - from) / 140)) ?? steps.at(-1)! * 12;
  const scale = (value: number) => from + ((value - low) / span) * (to - from);
  const ticks: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) ticks.push(at);
  const form: Intl.DateTimeFormatOptions =
    step < 86_400_000 ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' };
  const printer = new Intl.DateTimeFormat('en-GB', { ...form, timeZone: 'UTC' });
  return Object.assign(scale, { ticks, print: (at: number) => printer.format(at) });
}
