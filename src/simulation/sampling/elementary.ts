/*
 * exp and log out of nothing but + − × ÷, which IEEE 754 fixes to the bit. Math.exp and Math.log may differ in the last digit from
 * one engine or processor to the next, and with it the digits of a run.
 */

const LN2 = Math.LN2;
/** ln 2 in two parts: the first has 33 bits, so that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** 2^k at k + 600, for k from −600 to 600. */
const POWERS = new Float64Array(1_201);
POWERS[600] = 1;
for (let k = 1; k <= 600; k++) {
  POWERS[600 + k] = POWERS[599 + k]! * 2;
  POWERS[600 - k] = POWERS[601 - k]! / 2;
}

/**
 * e^x, to within 1 unit of the last place. With x = k ln 2 + r and |r| ≤ ln(2)/2: e^r = 1 + r + r c / (2 − c), where
 * r − c = r coth(r/2) − 2 = Σ 2 B₂ₖ r²ᵏ / (2k)!, by the Bernoulli numbers B.
 */
export function exp(x: number): number {
  if (!(x < 709.79)) return x >= 709.79 ? Number.POSITIVE_INFINITY : x;
  if (x < -745.14) return 0;
  const k = Math.floor(x / LN2 + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const z = r * r;
  const series =
    z *
    (1 / 6 +
      z *
        (-1 / 360 +
          z * (1 / 15_120 + z * (-1 / 604_800 + z * (1 / 23_950_080 + z * (-691 / 653_837_184_000))))));
  const c = r - series;
  const y = 1 - (low - (r * c) / (2 - c) - high);
  // In two factors, because 2^k itself may be out of range where e^x is not.
  const half = k >> 1;
  return y * POWERS[600 + half]! * POWERS[600 + k - half]!;
}

const DOUBLE = new Float64Array(1);
const WORDS = new Uint32Array(DOUBLE.buffer);
DOUBLE[0] = 1;
/** Which of the two words has the exponent: it depends on the processor's order of bytes. */
const TOP = WORDS[1] === 0x3ff00000 ? 1 : 0;

/**
 * ln x, to within 1 unit of the last place; −∞ at 0, NaN below. With x = 2^k (1 + f), 1 + f from √½ to √2, and s = f / (2 + f):
 * ln(1 + f) = 2 atanh s = 2 Σ s^(2n+1) / (2n + 1).
 */
export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : NaN;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2^54, because a subnormal number has no exponent of its own
    k = -54;
  }
  DOUBLE[0] = x;
  // Adds to the mantissa what makes it carry into the exponent from √2 on.
  const exponent = ((WORDS[TOP]! + 0x95f62) >> 20) - 1023;
  const half = exponent >> 1;
  const f = x * POWERS[600 - half]! * POWERS[600 + half - exponent]! - 1;
  k += exponent;
  const s = f / (2 + f);
  const z = s * s;
  const tail =
    z *
    (2 / 3 +
      z *
        (2 / 5 +
          z *
            (2 / 7 +
              z *
                (2 / 9 +
                  z * (2 / 11 + z * (2 / 13 + z * (2 / 15 + z * (2 / 17 + z * (2 / 19 + z * (2 / 21))))))))));
  const halfSquare = 0.5 * f * f;
  return k * LN2_HIGH - (halfSquare - (s * (halfSquare + tail) + k * LN2_LOW) - f);
}
