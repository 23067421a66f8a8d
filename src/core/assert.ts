/** An invariant of the core did not hold. It is a bug, never a refusal, and stays on in production: money stops here. */
export class InvariantViolation extends Error {
  override name = 'InvariantViolation';
}

export function assert(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new InvariantViolation(promise);
}
