import { assert } from '../assert.ts';
import type { AtomColumn } from '../atom-column.ts';
import { proRata } from './pro-rata.ts';

/** Who can bear a loss, one index an account, in the byte order of account refs: the order that breaks ties. */
export interface Claims {
  /** w: the profit that can bear, in atoms, ≥ 0. */
  readonly profits: AtomColumn;
  /** The most that each gives up now, in atoms, 0 ≤ cap ≤ profit. */
  readonly caps: AtomColumn;
}

/**
 * A rule that divides a socialized loss. It returns a haircut per account in atoms with 0 ≤ h_i ≤ cap_i and
 * Σh = loss, and may rely on 0 ≤ loss ≤ Σcap. A new rule is one file and one line below.
 */
export type AllocationRule = (claims: Claims, loss: bigint) => AtomColumn;

export type AllocationMethod = 'PRO_RATA';

const rules: Record<AllocationMethod, AllocationRule> = { PRO_RATA: proRata };

/** Divides `loss` (atoms, at most Σcap) over the claims; asserts budget balance and caps whatever the rule. */
export function allocate(method: AllocationMethod, claims: Claims, loss: bigint): AtomColumn {
  const haircuts = rules[method](claims, loss);
  let total = 0n;
  for (let i = 0; i < haircuts.length; i++) {
    const haircut = haircuts.get(i);
    assert(haircut >= 0n && haircut <= claims.caps.get(i), 'a haircut is between 0 and its cap');
    total += haircut;
  }
  assert(total === loss, 'haircuts sum to the socialized loss');
  return haircuts;
}
