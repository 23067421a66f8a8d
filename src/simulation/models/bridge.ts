/** A point of a Brownian bridge: between two that are known, or at the end. Points are numbered from 1, 0 is the origin. */
interface Arch {
  readonly point: number;
  readonly left: number;
  readonly right: number;
  /** B(point) = leftShare B(left) + rightShare B(right) + spread × z. */
  readonly leftShare: number;
  readonly rightShare: number;
  readonly spread: number;
}

/**
 * The order in which to draw a Brownian motion at the times 1 … steps: first the last one, then the middle of each gap, level by
 * level (Glasserman, Monte Carlo Methods in Financial Engineering, 2003, section 3.1). So the first numbers of a path decide most
 * of it.
 */
export function bridge(steps: number): Arch[] {
  const arches: Arch[] = [
    { point: steps, left: 0, right: 0, leftShare: 0, rightShare: 0, spread: Math.sqrt(steps) },
  ];
  const gaps: [number, number][] = [[0, steps]];
  for (let i = 0; i < gaps.length; i++) {
    const [left, right] = gaps[i]!;
    if (right - left < 2) continue;
    const point = (left + right) >> 1;
    const [before, after, width] = [point - left, right - point, right - left];
    arches.push({
      point,
      left,
      right,
      leftShare: after / width,
      rightShare: before / width,
      spread: Math.sqrt((before * after) / width),
    });
    gaps.push([left, point], [point, right]);
  }
  return arches;
}
