import { exp, log } from './elementary.ts';

const SQRT_2_PI = 2.5066282746310007;

/** The density of the standard normal distribution, e^(−z²/2) / √2π. */
export function normalDensity(z: number): number {
  // z² splits in two, so that the rounding of a large square does not grow into the digits of the exponential.
  const coarse = Math.floor(z * 16) / 16;
  return (exp(-0.5 * coarse * coarse) * exp(-0.5 * (z - coarse) * (z + coarse))) / SQRT_2_PI;
}

/**
 * Φ(z), the probability that a standard normal number is below z, to a relative error below 10^-14 in the lower tail too.
 * About the middle Φ = ½ + φ(z) (z + z³/3 + z⁵/(3·5) + …) (Marsaglia 2004); further out Laplace's continued fraction
 * φ(z) / (z + 1/(z + 2/(z + 3/(z + …)))).
 */
export function normalCdf(z: number): number {
  if (!(Math.abs(z) < 40)) return z < 0 ? 0 : z > 0 ? 1 : z;
  if (Math.abs(z) < 1.5) {
    let [term, sum] = [z, z];
    for (let k = 3; Math.abs(term) > Math.abs(sum) * 1e-18; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 + normalDensity(z) * sum;
  }
  const far = Math.abs(z);
  let fraction = far;
  for (let k = Math.ceil(20 + 700 / (far * far)); k > 0; k--) fraction = far + k / fraction;
  const tail = normalDensity(far) / fraction;
  return z < 0 ? tail : 1 - tail;
}

/**
 * Φ^-1(u): the standard normal number that another one is below with probability u. Relative error about 10^-16 (M. J. Wichura,
 * algorithm AS 241, PPND16, Applied Statistics 37, 1988).
 *
 * @param u in the open interval (0, 1)
 */
export function normalQuantile(u: number): number {
  const q = u - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q *
        (((((((2509.0809287301227 * r + 33430.57558358813) * r + 67265.7709270087) * r + 45921.95393154987) *
          r +
          13731.69376550946) *
          r +
          1971.5909503065513) *
          r +
          133.14166789178438) *
          r +
          3.3871328727963665)) /
      (((((((5226.495278852854 * r + 28729.085735721943) * r + 39307.89580009271) * r + 21213.794301586597) *
        r +
        5394.196021424751) *
        r +
        687.1870074920579) *
        r +
        42.31333070160091) *
        r +
        1)
    );
  }
  const far = Math.sqrt(-log(q < 0 ? u : 1 - u));
  const z = far <= 5 ? tailQuantile(far - 1.6) : farTailQuantile(far - 5);
  return q < 0 ? -z : z;
}

function tailQuantile(r: number): number {
  return (
    (((((((0.0007745450142783414 * r + 0.022723844989269184) * r + 0.2417807251774506) * r +
      1.2704582524523684) *
      r +
      3.6478483247632045) *
      r +
      5.769497221460691) *
      r +
      4.630337846156546) *
      r +
      1.4234371107496835) /
    (((((((1.0507500716444169e-9 * r + 0.0005475938084995345) * r + 0.015198666563616457) * r +
      0.14810397642748008) *
      r +
      0.6897673349851) *
      r +
      1.6763848301838038) *
      r +
      2.053191626637759) *
      r +
      1)
  );
}

function farTailQuantile(r: number): number {
  return (
    (((((((2.0103343992922881e-7 * r + 2.7115555687434876e-5) * r + 0.0012426609473880784) * r +
      0.026532189526576124) *
      r +
      0.29656057182850487) *
      r +
      1.7848265399172913) *
      r +
      5.463784911164114) *
      r +
      6.657904643501103) /
    (((((((2.0442631033899397e-15 * r + 1.421511758316446e-7) * r + 1.8463183175100548e-5) * r +
      0.0007868691311456133) *
      r +
      0.014875361290850615) *
      r +
      0.1369298809227358) *
      r +
      0.599832206555888) *
      r +
      1)
  );
}
