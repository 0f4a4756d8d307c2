/** The gamma function and the distribution of its name. */

/** The logarithm of the gamma function for x > 0: Stirling's series (DLMF 5.11.1) above 15, recurrence below. */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`the logarithm of gamma needs x > 0, not ${x}`);
  let shifted = x;
  let product = 1;
  while (shifted < 15) product *= shifted++;
  const inverse = 1 / (shifted * shifted);
  const series =
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / shifted;
  return (
    (shifted - 0.5) * Math.log(shifted) - shifted + Math.log(2 * Math.PI) / 2 + series - Math.log(product)
  );
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
