/** The gamma function and the distribution of its name. */

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The logarithm of the gamma function for x > 0, by C. Lanczos (1964) with g = 7, to about 1e-14. */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`the gamma function is asked for at ${x}, which is not above 0`);
  const z = x - 1;
  const base = z + 7.5;
  let sum = lanczos[0] as number;
  for (let i = 1; i < lanczos.length; i++) sum += (lanczos[i] as number) / (z + i);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(base) - base + Math.log(sum);
}

/**
 * P(X <= x) for X of a gamma distribution with shape `shape` and mean `shape`: the regularised incomplete gamma
 * function, by its series below the mean and its continued fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31).
 */
export function gammaCdf(shape: number, x: number): number {
  if (!(shape > 0) || !(x >= 0)) throw new RangeError(`no gamma distribution of shape ${shape} at ${x}`);
  if (x === 0) return 0;
  const factor = Math.exp(shape * Math.log(x) - x - logGamma(shape));
  return x < shape + 1 ? factor * series(shape, x) : 1 - factor * fraction(shape, x);
}

function series(shape: number, x: number): number {
  let term = 1 / shape;
  let sum = term;
  for (let k = 1; term > 1e-16 * sum; k++) {
    term *= x / (shape + k);
    sum += term;
  }
  return sum;
}

/** By the method of W. Lentz (1976). */
function fraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let product = d;
  for (let k = 1; k < 10_000; k++) {
    const a = k * (shape - k);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    product *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return product;
}
