import { HEALTHS, type Health, healthOf, type Margin } from './margin.ts';

/** By what share of a threshold an account has to be back above it before it counts as back: 1 in 20. */
const HYSTERESIS = 20n;

/**
 * The health to tell of an account after the one that was told last; the same where there is nothing to tell. What gets worse is
 * told at once. What gets better is told only once the equity is a twentieth above the threshold that it crossed, so that a
 * price that hovers at a threshold tells once: back from BANKRUPT at a twentieth of the maintenance margin, from LIQUIDATABLE at
 * 21/20 of it, from MARGIN_CALL at 21/20 of the initial margin.
 */
export function healthToTell(told: Health, margin: Margin): Health {
  const now = healthOf(margin);
  if (rank(now) >= rank(told)) return now;
  const { equity, initial, maintenance } = margin;
  const scaled = equity * HYSTERESIS;
  const held: Health =
    scaled < maintenance
      ? 'BANKRUPT'
      : scaled < maintenance * (HYSTERESIS + 1n)
        ? 'LIQUIDATABLE'
        : scaled < initial * (HYSTERESIS + 1n)
          ? 'MARGIN_CALL'
          : 'SAFE';
  return rank(held) < rank(told) ? held : told;
}

const rank = (health: Health): number => HEALTHS.indexOf(health);
