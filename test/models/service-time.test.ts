import { describe, expect, it } from 'vitest';
import { gammaCdf, logGamma } from '../../src/models/gamma.ts';
import { quantile } from '../../src/models/quantile.ts';
import { Random } from '../../src/models/random.ts';
import { drawService, latticeOf } from '../../src/models/service-time.ts';
import { estimateVariability } from '../../src/models/service-variability.ts';
import { close } from './close.ts';

describe('the gamma distribution', () => {
  it.each([
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [1, 0],
    [5, Math.log(24)],
    [11, Math.log(3628800)],
  ])('has a gamma function at %d', (x, value) => {
    expect(logGamma(x)).toBeCloseTo(value, 12);
  });

  it.each([
    // 1 - exp(-x), erf(sqrt x), 1 - exp(-2)(1 + 2 + 2), and the 95th percentile of chi squared of 10 degrees, halved.
    [1, 0.7, 1 - Math.exp(-0.7)],
    [1, 5, 1 - Math.exp(-5)],
    [0.5, 1, 0.8427007929],
    [3, 2, 1 - 5 * Math.exp(-2)],
    [5, 18.307038 / 2, 0.95],
    [2, 0, 0],
  ])('of shape %d is at most %d with probability %d', (shape, x, share) => {
    expect(gammaCdf(shape, x)).toBeCloseTo(share, 8);
  });

  it('is refused outside its domain', () => {
    expect(() => logGamma(0)).toThrow(RangeError);
    expect(() => gammaCdf(1, -1)).toThrow(RangeError);
  });
});

const draws = (count: number, draw: (random: Random) => number, seed = 1) => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => draw(random));
};

describe('service times', () => {
  it.each([0, 0.2, 1, 3])('are drawn with their mean and a variability of %d', (variability) => {
    const times = draws(40_000, (random) => drawService({ mean: 0.01, variability }, random));
    const mean = times.reduce((sum, each) => sum + each, 0) / times.length;
    const variance = times.reduce((sum, each) => sum + (each - mean) ** 2, 0) / times.length;
    close(mean, 0.01, 0.02);
    expect(Math.abs(variance / mean ** 2 - variability)).toBeLessThan(0.05 * variability + 1e-9);
  });

  it.each([
    [0, 0.0003],
    [0.2, 0.0005],
    [1, 0.0005],
    [3, 0.001],
  ])('keep their mean on a lattice, variable by %d, in steps of %d', (variability, step) => {
    const lattice = latticeOf({ mean: 0.002, variability }, step);
    const sum = (of: (k: number) => number) => lattice.reduce((total, share, k) => total + share * of(k), 0);
    close(
      sum(() => 1),
      1,
      1e-8,
    );
    close(
      sum((k) => k * step),
      0.002,
      1e-6,
    );
    expect(Math.min(...lattice)).toBeGreaterThanOrEqual(-1e-12);
  });
});

describe('variability estimated from quantiles without load', () => {
  const estimate = (times: number[]) =>
    estimateVariability({
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      p99: quantile(times, 0.99),
    });

  it.each([0.1, 0.25, 1, 2])('is that of gamma times, %d', (variability) => {
    const times = draws(20_000, (random) => drawService({ mean: 0.005, variability }, random), 2);
    const found = estimate(times);
    expect(found.family).toBe('gamma');
    close(found.variability, variability, 0.08);
  });

  it.each([0.4, 0.8])('is that of lognormal times, of a deviation of %d', (sigma) => {
    const times = draws(20_000, (random) => 0.005 * Math.exp(sigma * random.normal()), 3);
    const found = estimate(times);
    expect(found.family).toBe('lognormal');
    close(found.variability, Math.expm1(sigma * sigma), 0.08);
  });

  it('does not follow one pause, as the variance does', () => {
    const times = draws(2000, (random) => drawService({ mean: 0.005, variability: 0.25 }, random), 4);
    times[0] = 1;
    close(estimate(times).variability, 0.25, 0.1);
    const mean = times.reduce((sum, each) => sum + each, 0) / times.length;
    expect(
      times.reduce((sum, each) => sum + (each - mean) ** 2, 0) / times.length / mean ** 2,
    ).toBeGreaterThan(5);
  });

  it('is nothing when all are equal', () => {
    expect(estimateVariability({ p50: 0.004, p95: 0.004, p99: 0.004 }).variability).toBeLessThan(1e-5);
  });

  it.each([
    [0, 1, 2],
    [2, 1, 3],
    [1, 3, 2],
    [1, 2, Number.POSITIVE_INFINITY],
  ])('is refused for %d, %d, %d', (p50, p95, p99) => {
    expect(() => estimateVariability({ p50, p95, p99 })).toThrow(RangeError);
  });
});
