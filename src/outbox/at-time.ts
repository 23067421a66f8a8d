/** What one timer of Node holds: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Runs `then` at a time, in milliseconds since the epoch, however far away; the process need not wait for it. */
export function atTime(time: number, then: () => void): { cancel(): void } {
  let timer: NodeJS.Timeout;
  const arm = () => {
    const wait = Math.max(time - Date.now(), 0);
    timer = setTimeout(wait > MAX_TIMER_MS ? arm : then, Math.min(wait, MAX_TIMER_MS));
    timer.unref();
  };
  arm();
  return { cancel: () => clearTimeout(timer) };
}
