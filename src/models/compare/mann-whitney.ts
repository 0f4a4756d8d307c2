import { normalTail } from './normal.ts';

/** Which difference is looked for: x above y, x below y, or any. */
export type Alternative = 'two-sided' | 'greater' | 'less';

export type MannWhitney = {
  /** Pairs in which x is the larger, ties counted half. */
  readonly u: number;
  readonly p: number;
  /** Whether p counts all orders, or is the normal approximation. */
  readonly exact: boolean;
};

/** From this many values in a sample on, or with ties, the normal approximation is used, as R does. */
const MANY = 50;

/**
 * The test of H. Mann and D. Whitney (1947) for x and y from one distribution. Exact by counting the orders without
 * ties and with fewer than 50 values in each; otherwise normal, corrected for ties and continuity. p is 1 when every
 * value is the same. Throws a RangeError for an empty sample or a value that is not a number.
 */
export function mannWhitney(
  x: readonly number[],
  y: readonly number[],
  alternative: Alternative = 'two-sided',
  method: 'auto' | 'normal' = 'auto',
): MannWhitney {
  if (x.length === 0 || y.length === 0) throw new RangeError('both samples need at least one value');
  if ([...x, ...y].some(Number.isNaN)) throw new RangeError('a sample holds numbers only');
  const { u, ties } = countPairs(x, y);
  const exact = method === 'auto' && ties.length === 0 && x.length < MANY && y.length < MANY;
  const p = exact
    ? exactP(u, x.length, y.length, alternative)
    : normalP(u, x.length, y.length, ties, alternative);
  return { u, p, exact };
}

/** U, and the sizes of the groups of equal values. */
function countPairs(x: readonly number[], y: readonly number[]): { u: number; ties: number[] } {
  const all = Float64Array.from([...x, ...y]).sort();
  const ranks = new Map<number, number>();
  const ties: number[] = [];
  for (let i = 0; i < all.length; ) {
    const value = all[i] as number;
    let end = i + 1;
    while (all[end] === value) end++;
    ranks.set(value, (i + 1 + end) / 2);
    if (end - i > 1) ties.push(end - i);
    i = end;
  }
  const ranked = x.reduce((sum, value) => sum + (ranks.get(value) as number), 0);
  return { u: ranked - (x.length * (x.length + 1)) / 2, ties };
}

function exactP(u: number, m: number, n: number, alternative: Alternative): number {
  const counts = orders(m, n);
  const total = counts.reduce((sum, count) => sum + count, 0);
  // The counts are symmetric, but only the lower ones are free of rounding errors.
  const share = (most: number) => counts.slice(0, most + 1).reduce((sum, count) => sum + count, 0) / total;
  const less = () => Math.min(1, share(u));
  const greater = () => Math.min(1, share(m * n - u));
  if (alternative === 'less') return less();
  if (alternative === 'greater') return greater();
  return Math.min(1, 2 * Math.min(less(), greater()));
}

/**
 * How many of the orders of m + n different values have U = 0, 1, ... m n: the coefficients of the Gaussian binomial
 * coefficient, the product of (1 - q^(n+i)) / (1 - q^i) over i = 1..m.
 */
function orders(m: number, n: number): Float64Array {
  const counts = new Float64Array(m * n + 1);
  counts[0] = 1;
  for (let i = 1; i <= m; i++) {
    for (let u = m * n; u >= n + i; u--) counts[u] = (counts[u] as number) - (counts[u - n - i] as number);
    for (let u = i; u <= m * n; u++) counts[u] = (counts[u] as number) + (counts[u - i] as number);
  }
  return counts;
}

function normalP(u: number, m: number, n: number, ties: readonly number[], alternative: Alternative): number {
  const all = m + n;
  const tied = ties.reduce((sum, size) => sum + size ** 3 - size, 0);
  const deviation = Math.sqrt(((m * n) / 12) * (all + 1 - tied / (all * (all - 1))));
  if (!(deviation > 0)) return 1;
  const distance = u - (m * n) / 2;
  if (alternative === 'greater') return normalTail((distance - 0.5) / deviation);
  if (alternative === 'less') return normalTail((-distance - 0.5) / deviation);
  return Math.min(1, 2 * normalTail((Math.abs(distance) - 0.5) / deviation));
}
