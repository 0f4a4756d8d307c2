import { gammaCdf } from './gamma.ts';
import { normalQuantile } from './quantile.ts';

/** Quantiles of the response of a service with next to no load, when nothing waits. */
export type UnloadedQuantiles = { readonly p50: number; readonly p95: number; readonly p99: number };

export type EstimatedVariability = {
  /** Squared coefficient of variation of the service time. */
  readonly variability: number;
  /** The family that the 99th percentile speaks for. */
  readonly family: 'gamma' | 'lognormal';
};

/**
 * How variable service is, from quantiles of the response without load. Taken from quantiles and not from the variance
 * of what was measured, which one pause of a second can make ten times larger. p95 / p50 gives the variability of a
 * lognormal and of a gamma distribution; which of them it is, p99 / p50 decides. Throws a RangeError unless 0 < p50 <=
 * p95 <= p99.
 */
export function estimateVariability({ p50, p95, p99 }: UnloadedQuantiles): EstimatedVariability {
  if (!(p50 > 0 && p95 >= p50 && p99 >= p95 && Number.isFinite(p99)))
    throw new RangeError(`${p50}, ${p95} and ${p99} are not ascending quantiles above 0`);
  const ratio = p95 / p50;
  const sigma = Math.log(ratio) / normalQuantile(0.95);
  const shape = shapeForRatio(ratio);
  const off = (predicted: number) => Math.abs(Math.log(predicted / (p99 / p50)));
  const gammaRatio = gammaQuantile(shape, 0.99) / gammaQuantile(shape, 0.5);
  return off(gammaRatio) <= off(Math.exp(sigma * normalQuantile(0.99)))
    ? { variability: 1 / shape, family: 'gamma' }
    : { variability: Math.expm1(sigma * sigma), family: 'lognormal' };
}

/** Less variable than this is constant: p95 is then a tenth of a per cent above p50. */
const STEADIEST = 1e6;
const MOST_VARIABLE = 0.05;

/** The shape of the gamma distribution with this p95 / p50, which falls with the shape; at most `STEADIEST`. */
function shapeForRatio(ratio: number): number {
  let low = Math.log(MOST_VARIABLE);
  let high = Math.log(STEADIEST);
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const shape = Math.exp(middle);
    if (gammaQuantile(shape, 0.95) / gammaQuantile(shape, 0.5) > ratio) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** By bisection of `gammaCdf`. */
function gammaQuantile(shape: number, q: number): number {
  let low = 0;
  let high = shape + 1;
  while (gammaCdf(shape, high) < q) high *= 2;
  for (let i = 0; i < 100 && high - low > 1e-12 * high; i++) {
    const middle = (low + high) / 2;
    if (gammaCdf(shape, middle) < q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
