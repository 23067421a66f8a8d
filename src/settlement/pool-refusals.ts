import { Refusal } from '../core/refusal.ts';

/** Why a pool takes no mutation now. */

export function busy(): Refusal {
  return new Refusal(
    'CONFLICT_RETRY',
    'The pool is busy with another mutation: send the same request again.',
    ['input', 'pool'],
  );
}

export function halted(): Refusal {
  return new Refusal('POOL_HALTED', 'The pool is halted: wait until an administrator resumes it.', [
    'input',
    'pool',
  ]);
}

export function unknownPool(): Refusal {
  return new Refusal('NOT_FOUND', 'There is no pool of that name: create it, or mend the name.', [
    'input',
    'pool',
  ]);
}
