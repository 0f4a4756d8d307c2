import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalCdf, normalTail } from '../../../src/models/compare/normal.ts';
import { incompleteBeta, studentCdf, studentTail } from '../../../src/models/compare/student.ts';
import { logGamma } from '../../../src/models/gamma.ts';
import { normalQuantile } from '../../../src/models/quantile.ts';
import { close } from '../close.ts';

// Every table is printed by R 4.2.2 with 16 digits.
describe('the normal distribution', () => {
  it.each([
    [-10, 7.619853024160527e-24],
    [-5, 2.866515718791939e-7],
    [-3, 0.001349898031630095],
    [-1, 0.158655253931457],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.5, 0.691462461274013],
    [1.96, 0.9750021048517796],
    [4, 0.9999683287581669],
    [8, 0.9999999999999993],
  ])('is at %d what R has', (x, expected) => {
    close(normalCdf(x), expected, 1e-13);
  });

  it('is the inverse of its quantile, and rises', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 0.999, noNaN: true }), (p) => {
        close(normalCdf(normalQuantile(p)), p, 1e-7);
      }),
      { seed: 1 },
    );
    fc.assert(
      fc.property(fc.double({ min: -9, max: 9, noNaN: true }), (x) => {
        expect(normalCdf(x + 0.01)).toBeGreaterThanOrEqual(normalCdf(x));
        close(normalCdf(x) + normalTail(x), 1, 1e-14);
      }),
      { seed: 2 },
    );
    expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(() => normalCdf(Number.NaN)).toThrow(RangeError);
  });
});

describe("Student's distribution", () => {
  it.each([
    [-1, 1, 0.2499999999999998, 0.7500000000000002],
    [2, 2, 0.908248290463863, 0.09175170953613696],
    [2.5, 5, 0.9727549503288119, 0.0272450496711881],
    [-1.860813, 17.77647, 0.03969710633593716, 0.9603028936640629],
    [5, 3.3, 0.993892789435956, 0.006107210564043934],
    [10, 30, 0.9999999999771237, 2.287625704114805e-11],
    [40, 8, 0.9999999999160714, 8.392859439572887e-11],
    [0.01, 100, 0.5039793948827858, 0.4960206051172142],
    [3, 1e6, 0.9986500687292892, 0.001349931270710896],
    [-30, 2.5, 0.0001455323545786978, 0.9998544676454213],
  ])('is at %d with %d degrees what R has', (t, degrees, below, above) => {
    close(studentCdf(t, degrees), below, 1e-9);
    close(studentTail(t, degrees), above, 1e-9);
  });

  it.each([
    [0.1, 2, 3, 0.0523],
    [0.5, 0.5, 0.5, 0.5],
    [0.9, 10, 2, 0.6973568802],
    [0.3, 50, 100, 0.1945518337722462],
    [0.001, 0.2, 7, 0.3986867594312432],
  ])('rests on an incomplete beta function that is at %d for %d and %d what R has', (x, a, b, expected) => {
    close(incompleteBeta(x, a, b), expected, 1e-12);
  });

  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247001],
    [1.5, -0.1207822376352452],
    [4, 1.791759469228055],
    [10.25, 13.36802367147605],
    [100, 359.1342053695754],
    [1e6, 12815504.56914761],
  ])('and a logarithm of gamma that is at %d what R has', (x, expected) => {
    close(logGamma(x), expected, 1e-13);
  });

  it('has no value outside its domain', () => {
    expect(() => studentCdf(1, 0)).toThrow(RangeError);
    expect(() => studentCdf(Number.NaN, 3)).toThrow(RangeError);
    expect(() => incompleteBeta(1.1, 1, 1)).toThrow(RangeError);
    expect(() => incompleteBeta(0.5, 0, 1)).toThrow(RangeError);
    expect(() => logGamma(0)).toThrow(RangeError);
    expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1]);
  });
});
