/**
 * Is the ratio of a metric to its target so near to one that nothing is done? Up to 1.32 the difference was compared,
 * since 1.33 the two edges: in doubles 1.1 is outside of the first and inside of the second, as |1 - 1.1| is above 0.1.
 */
export function isWithinTolerance(ratio: number, down: number, up: number, band: boolean): boolean {
  if (band) return 1 - down <= ratio && ratio <= 1 + up;
  return Math.abs(1 - ratio) <= (ratio < 1 ? down : up);
}
