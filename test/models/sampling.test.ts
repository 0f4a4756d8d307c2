import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stratified, triangularQuantile } from '../../src/models/sampling.ts';

it('draws one number from each part, in an order that its name decides', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.integer({ min: 1, max: 200 }), (name, seed, count) => {
      const draws = stratified(name, seed, count);
      expect([...draws].map((q) => Math.floor(q * count)).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: count }, (_, i) => i),
      );
      expect(stratified(name, seed, count)).toEqual(draws);
    }),
    { seed: 1, numRuns: 50 },
  );
});

it('does not let the draws of two names or seeds move together', () => {
  const correlation = (a: Float64Array, b: Float64Array) =>
    (12 * a.reduce((sum, x, i) => sum + (x - 0.5) * ((b[i] as number) - 0.5), 0)) / a.length;
  const peak = stratified('peak', 1, 10_000);
  // Three standard errors of a correlation of nothing.
  expect(Math.abs(correlation(peak, stratified('growth', 1, 10_000)))).toBeLessThan(0.03);
  expect(Math.abs(correlation(peak, stratified('peak', 2, 10_000)))).toBeLessThan(0.03);
});

it('has the quantiles of the triangular distribution', () => {
  // 0 to 4 with its mode at 1: F(1) = 1/4, F(2) = 1 - (4 - 2)^2 / 12.
  expect(triangularQuantile(0.25, 0, 1, 4)).toBeCloseTo(1, 12);
  expect(triangularQuantile(2 / 3, 0, 1, 4)).toBeCloseTo(2, 12);
  expect(triangularQuantile(0, 0, 1, 4)).toBe(0);
  expect(triangularQuantile(1, 0, 1, 4)).toBe(4);
  expect(triangularQuantile(0.3, 5, 5, 5)).toBe(5);
  expect(() => triangularQuantile(0.5, 2, 1, 3)).toThrow(RangeError);
});

it('never falls when the figure is said to be higher', () => {
  const triple = fc.tuple(
    fc.double({ min: 0, max: 10, noNaN: true }),
    fc.double({ min: 0, max: 10, noNaN: true }),
    fc.double({ min: 0, max: 10, noNaN: true }),
  );
  fc.assert(
    fc.property(triple, triple, fc.double({ min: 0, max: 1, noNaN: true }), ([low, a, b], more, q) => {
      const before = triangularQuantile(q, low, low + a, low + a + b);
      const [l, m, h] = [
        low + more[0],
        low + a + Math.max(more[0], more[1]),
        low + a + b + Math.max(...more),
      ];
      expect(triangularQuantile(q, l, Math.max(l, m), Math.max(l, m, h))).toBeGreaterThanOrEqual(
        before - 1e-9,
      );
    }),
    { seed: 2 },
  );
});
