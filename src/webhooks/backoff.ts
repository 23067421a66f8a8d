/** How long to wait after the first failure in a row, and at most. */
export const FIRST_RETRY_MS = 5_000;
const LONGEST_MS = 6 * 3_600_000;
/** A webhook whose attempts have failed for so long is disabled. */
const GIVE_UP_MS = 3 * 24 * 3_600_000;

/**
 * How long to wait after so many failures in a row: twice as long each time, less up to a half by chance, so that
 * webhooks which failed together do not come back together.
 *
 * @param chance from 0 to 1
 */
export function backoffMs(failures: number, chance: number, firstMs = FIRST_RETRY_MS): number {
  return Math.min(LONGEST_MS, firstMs * 2 ** Math.min(failures - 1, 30)) * (1 - chance / 2);
}

/** What a receiver asks for in Retry-After: it may make us wait longer than we would, within our own bounds. */
export const politely = (waitMs: number, askedMs: number | null): number =>
  Math.max(waitMs, Math.min(askedMs ?? 0, LONGEST_MS));

/** @param failingSince and now, as the clock writes them */
export const givesUp = (failingSince: string, now: string): boolean =>
  Date.parse(now) - Date.parse(failingSince) >= GIVE_UP_MS;
