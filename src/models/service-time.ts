import { gammaCdf } from './gamma.ts';
import type { Random } from './random.ts';

/**
 * How long a server works on a request: a gamma distribution of a mean, in any unit of time, and a squared coefficient
 * of variation, `variability`: 0 when all are equal, 1 when exponential.
 */
export type ServiceTime = { readonly mean: number; readonly variability: number };

/** Throws a RangeError unless the mean is above 0 and the variability zero or more. */
export function checkServiceTime({ mean, variability }: ServiceTime): void {
  if (!(mean > 0) || !Number.isFinite(mean)) throw new RangeError(`service time ${mean} is not above 0`);
  if (!(variability >= 0) || !Number.isFinite(variability))
    throw new RangeError(`variability ${variability} of the service time is not zero or more`);
}

/** One service time, drawn by the method of G. Marsaglia and W. Tsang, A simple method for generating gamma variables (2000). */
export function drawService({ mean, variability }: ServiceTime, random: Random): number {
  if (variability === 0) return mean;
  if (variability === 1) return -mean * Math.log(1 - random.uniform());
  const shape = 1 / variability;
  // Below a shape of 1 the draw is of shape + 1, made smaller by a power of a uniform number.
  const boost = shape < 1 ? (1 - random.uniform()) ** (1 / shape) : 1;
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v))
      return (boost * d * v * mean) / shape;
  }
}

/**
 * The distribution on multiples of `step`, as far as all but `rest` of it: entry k is the probability of k steps. What
 * falls between two multiples is given to both so that the mean stays.
 */
export function latticeOf({ mean, variability }: ServiceTime, step: number, rest = 1e-9): number[] {
  const cdf = (x: number) => {
    if (variability === 0) return x >= mean ? 1 : 0;
    return gammaCdf(1 / variability, x / (mean * variability));
  };
  /** E[X; X <= x]: of a gamma distribution the mean times the distribution of one shape more. */
  const partial = (x: number) => {
    if (variability === 0) return x >= mean ? mean : 0;
    return mean * gammaCdf(1 / variability + 1, x / (mean * variability));
  };
  const lattice: number[] = [0];
  let [below, sum] = [cdf(0), partial(0)];
  lattice[0] = below;
  for (let k = 0; 1 - below > rest; k++) {
    const [next, nextSum] = [cdf((k + 1) * step), partial((k + 1) * step)];
    const share = next - below;
    const up = (nextSum - sum) / step - k * share;
    lattice[k] = (lattice[k] ?? 0) + share - up;
    lattice[k + 1] = up;
    [below, sum] = [next, nextSum];
  }
  return lattice;
}
