/**
 * The `q` quantile of `values`, 0 to 1, with linear interpolation between neighbours (type 7 of R. Hyndman and
 * Y. Fan, Sample quantiles in statistical packages, 1996). Throws a RangeError for no values or `q` outside 0 to 1.
 */
export function quantile(values: readonly number[], q: number, type: 6 | 7 = 7): number {
  return sortedQuantile(ascending(values), q, type);
}

/**
 * The same for values already in ascending order. Type 6, of W. Weibull, is nearer to the extremes: with n values the
 * rank of `q` is q (n + 1), counted from one, as Minitab and SPSS have it.
 */
export function sortedQuantile(sorted: ArrayLike<number>, q: number, type: 6 | 7 = 7): number {
  checkQuantile(sorted, q);
  const last = sorted.length - 1;
  const rank = type === 7 ? q * last : Math.min(Math.max(q * (last + 2) - 1, 0), last);
  const below = Math.floor(rank);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, last)] as number;
  return low + (rank - below) * (high - low);
}

/**
 * The smallest of `values` that at least the share `q` of them does not exceed (type 1, the inverse of the empirical
 * distribution): for counts, where a value between two of them means nothing.
 */
export function countQuantile(values: ArrayLike<number>, q: number): number {
  const sorted = ascending(values);
  checkQuantile(sorted, q);
  // Rounding of q * n must not skip a rank.
  const rank = Math.ceil(Number((q * sorted.length).toFixed(9)));
  return sorted[Math.max(0, rank - 1)] as number;
}

/**
 * The `q` quantile of type 7 of `values`, which are put into another order: by C. Hoare's selection (1961), which sorts no
 * more of them than it must. For one quantile of many values.
 */
export function selectedQuantile(values: Float64Array, q: number): number {
  checkQuantile(values, q);
  const rank = q * (values.length - 1);
  const below = Math.floor(rank);
  const low = select(values, below);
  if (below === values.length - 1) return low;
  // All after the selected one are no less than it.
  let high = Number.POSITIVE_INFINITY;
  for (let i = below + 1; i < values.length; i++) high = Math.min(high, values[i] as number);
  return low + (rank - below) * (high - low);
}

/** The value that would be at `at` in ascending order. */
function select(values: Float64Array, at: number): number {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = values[(left + right) >> 1] as number;
    let [i, j] = [left, right];
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i <= j) {
        [values[i], values[j]] = [values[j] as number, values[i] as number];
        i++;
        j--;
      }
    }
    if (at <= j) right = j;
    else if (at >= i) left = i;
    else break;
  }
  return values[at] as number;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The quantile of Student's t distribution at `p` > 0.5 with `degrees` degrees of freedom: exact for 1 and 2, from 3
 * on by the expansion of Abramowitz and Stegun 26.7.5, right to 0.5 % at p = 0.975. Throws a RangeError outside.
 */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p > 0.5 && p < 1)) throw new RangeError(`probability ${p} is not between 0.5 and 1`);
  if (!(degrees >= 1)) throw new RangeError(`${degrees} degrees of freedom is below 1`);
  if (degrees < 2) return Math.tan(Math.PI * (p - 0.5));
  if (degrees < 3) return (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
  const z = normalQuantile(p);
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const g4 = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160;
  return z + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3 + g4 / degrees ** 4;
}

/** The quantile of the standard normal distribution, by P. Acklam's rational approximation (relative error 1.2e-9). */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`probability ${p} is not between 0 and 1`);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const r = Math.sqrt(-2 * Math.log(p));
    return horner(tailTop, r) / (horner(tailBottom, r) * r + 1);
  }
  const d = p - 0.5;
  const r = d * d;
  return (horner(middleTop, r) * d) / (horner(middleBottom, r) * r + 1);
}

const tailTop = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const tailBottom = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
const middleTop = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const middleBottom = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/** A typed array sorts numbers without asking a function for every pair. */
function ascending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

function checkQuantile(values: ArrayLike<number>, q: number): void {
  if (values.length === 0) throw new RangeError('no values have no quantile');
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile ${q} is not between 0 and 1`);
}
