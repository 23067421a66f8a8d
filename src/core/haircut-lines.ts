import type { PartHaircut } from './proof/format.ts';
import type { OpenLoss, SettlementOutcome } from './settlement.ts';

export interface HaircutLine {
  /** Index among the bearers. */
  readonly index: number;
  readonly amount: bigint;
  /** What of it each part took, by number. */
  readonly parts: readonly PartHaircut[];
}

/** The haircuts of a settlement above 0, in the byte order of refs, each with the parts that it is the sum of. */
export function* haircutLines({ haircuts, parts }: SettlementOutcome<OpenLoss>): Generator<HaircutLine> {
  // Which claims are an account's: of one part over the whole pool its own index, otherwise looked up.
  const whole = parts.length === 1 && parts[0]!.members === null;
  const places = whole ? null : placesOf(parts);
  for (let index = 0; index < haircuts.length; index++) {
    const amount = haircuts.get(index);
    if (amount === 0n) continue;
    const own = places ? places.get(index)! : [{ part: 0, claim: index }];
    yield {
      index,
      amount,
      parts: own.map(({ part, claim }) => {
        const { claims, weights, haircuts } = parts[part]!;
        return {
          part: part + 1,
          amount: haircuts.get(claim),
          profit: claims.profits.get(claim),
          cap: claims.caps.get(claim),
          weight: weights.get(claim),
        };
      }),
    };
  }
}

function placesOf(
  parts: SettlementOutcome<OpenLoss>['parts'],
): Map<number, { part: number; claim: number }[]> {
  const places = new Map<number, { part: number; claim: number }[]>();
  parts.forEach(({ members, haircuts }, part) => {
    for (let claim = 0; claim < haircuts.length; claim++) {
      if (haircuts.get(claim) === 0n) continue;
      const index = members ? members[claim]! : claim;
      const own = places.get(index);
      if (own) own.push({ part, claim });
      else places.set(index, [{ part, claim }]);
    }
  });
  return places;
}
