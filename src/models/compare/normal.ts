/**
 * P(Z <= x) for Z standard normal, to 14 digits in both tails: the series of G. Marsaglia (Evaluating the normal
 * distribution, 2004) near zero, and the continued fraction of Laplace (Abramowitz and Stegun 26.2.14) beyond.
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) throw new RangeError('the normal distribution has no value at NaN');
  if (x > 0) return 1 - normalCdf(-x);
  if (x < -3) return lowerTail(x);
  let term = x;
  let sum = x;
  for (let k = 3; sum !== sum + term; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + sum * density(x);
}

/** P(Z > x), which keeps its digits where it is small. */
export function normalTail(x: number): number {
  return normalCdf(-x);
}

function lowerTail(x: number): number {
  if (x === Number.NEGATIVE_INFINITY) return 0;
  let fraction = 0;
  for (let k = 120; k >= 1; k--) fraction = k / (-x + fraction);
  return density(x) / (-x + fraction);
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}
