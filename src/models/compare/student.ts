import { logGamma } from '../gamma.ts';

/**
 * P(T <= t) for Student's t with `degrees` degrees of freedom, which need not be whole, to 12 digits in both tails.
 * Throws a RangeError unless degrees > 0.
 */
export function studentCdf(t: number, degrees: number): number {
  if (Number.isNaN(t)) throw new RangeError("Student's distribution has no value at NaN");
  if (!(degrees > 0)) throw new RangeError(`${degrees} degrees of freedom is not above zero`);
  if (t > 0) return 1 - studentCdf(-t, degrees);
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
}

/** P(T > t), which keeps its digits where it is small. */
export function studentTail(t: number, degrees: number): number {
  return studentCdf(-t, degrees);
}

/**
 * The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22) evaluated with
 * W. Lentz's method. Throws a RangeError unless 0 <= x <= 1 and a, b > 0.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`x = ${x} is not between 0 and 1`);
  if (!(a > 0 && b > 0)) throw new RangeError(`a = ${a} and b = ${b} must be above zero`);
  if (x === 0 || x === 1) return x;
  // The fraction converges fast below the mean of the distribution only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b) - Math.log(a),
  );
  return front * betaFraction(x, a, b);
}

/** Far more terms than any arguments met here need: about sqrt(max(a, b)). */
const MOST_TERMS = 10_000;
const TINY = 1e-300;

function betaFraction(x: number, a: number, b: number): number {
  let c = Number.POSITIVE_INFINITY;
  let d = 1;
  let result = 1;
  for (let i = 1; i < MOST_TERMS; i++) {
    const m = Math.floor(i / 2);
    const numerator =
      i % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    c = nonZero(1 + numerator / c);
    d = 1 / nonZero(1 + numerator * d);
    result *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return result;
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
