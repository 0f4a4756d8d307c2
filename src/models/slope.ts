import { median } from './quantile.ts';

/**
 * The line through points of which some are far off: the median of the slopes between all pairs
 * (H. Theil, 1950; P. Sen, Estimates of the regression coefficient based on Kendall's tau, 1968), and the median of what
 * is left. Up to 29 % of outliers move it little. Throws a RangeError for fewer than two different x, or a number that
 * is not finite.
 */
export function robustLine(points: readonly (readonly [x: number, y: number])[]): {
  slope: number;
  intercept: number;
} {
  if (!points.flat().every(Number.isFinite)) throw new RangeError('points must be finite numbers');
  const slopes: number[] = [];
  points.forEach(([x1, y1], i) => {
    for (const [x2, y2] of points.slice(i + 1)) if (x1 !== x2) slopes.push((y2 - y1) / (x2 - x1));
  });
  if (slopes.length === 0) throw new RangeError('a line needs points at two different places');
  const slope = median(slopes);
  return { slope, intercept: median(points.map(([x, y]) => y - slope * x)) };
}
