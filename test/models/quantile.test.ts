import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countQuantile,
  median,
  normalQuantile,
  quantile,
  selectedQuantile,
  sortedQuantile,
  studentQuantile,
} from '../../src/models/quantile.ts';

describe('a quantile that is selected', () => {
  it('is the same as of sorted values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = Float64Array.from(values).sort();
          expect(selectedQuantile(Float64Array.from(values), q)).toBe(sortedQuantile(sorted, q));
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });
});

describe('quantiles of a sample', () => {
  it.each([
    [0.5, 15],
    [0.9, 110],
    [0.95, 155],
    [0.99, 191],
    [0, 1],
    [1, 200],
  ])('p%d by R type 7', (q, expected) => {
    expect(quantile([200, 1, 2, 3, 4, 10, 20, 30, 40, 100], q)).toBeCloseTo(expected, 10);
  });

  it.each([
    [0.05, 1],
    [0.25, 2.75],
    [0.5, 15],
    [0.9, 190],
    [0.95, 200],
  ])('p%d by R type 6, which is nearer to the extremes', (q, expected) => {
    expect(quantile([200, 1, 2, 3, 4, 10, 20, 30, 40, 100], q, 6)).toBeCloseTo(expected, 10);
  });

  it('takes a count that occurred', () => {
    const counts = [3, 3, 4, 4, 5, 5, 5, 6, 7, 9];
    expect(countQuantile(counts, 0.5)).toBe(5);
    expect(countQuantile(counts, 0.95)).toBe(9);
    expect(countQuantile(counts, 0.9)).toBe(7);
    expect(countQuantile(counts, 0)).toBe(3);
    expect(median([1, 2])).toBe(1.5);
  });

  it('refuses no values and a share outside 0 to 1', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => quantile([1], 1.1)).toThrow(RangeError);
    expect(() => countQuantile([1], -0.1)).toThrow(RangeError);
  });
});

describe('tabled quantiles', () => {
  it.each([
    [0.975, 1.959964],
    [0.95, 1.644854],
    [0.99, 2.326348],
    [0.001, -3.090232],
    [0.5, 0],
  ])('normal %d', (p, expected) => {
    expect(normalQuantile(p)).toBeCloseTo(expected, 5);
  });

  it.each([
    [0.975, 1, 12.7062, 1e-5],
    [0.975, 2, 4.30265, 1e-5],
    [0.975, 3, 3.18245, 6e-3],
    [0.975, 5, 2.57058, 1e-3],
    [0.975, 10, 2.22814, 1e-4],
    [0.975, 30, 2.04227, 1e-5],
    [0.95, 20, 1.72472, 1e-5],
  ])('t %d with %d degrees of freedom', (p, degrees, expected, relative) => {
    expect(Math.abs(studentQuantile(p, degrees) / expected - 1)).toBeLessThan(relative);
  });

  it.each([
    [0.5, 3],
    [1, 3],
    [0.9, 0.5],
  ])('refuses t %d with %d degrees', (p, degrees) => {
    expect(() => studentQuantile(p, degrees)).toThrow(RangeError);
  });
});
