import type { Clock } from '../core/clock.ts';

/** The system's clock. Node tells time in milliseconds and counts finer: the sum has microseconds. */
export const systemClock: Clock = {
  now() {
    const micros = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1_000));
    const iso = new Date(Number(micros / 1_000n)).toISOString();
    return `${iso.slice(0, -1)}${(micros % 1_000n).toString().padStart(3, '0')}Z`;
  },
};
