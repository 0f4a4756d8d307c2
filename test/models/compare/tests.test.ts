import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mannWhitney } from '../../../src/models/compare/mann-whitney.ts';
import { welch } from '../../../src/models/compare/t-test.ts';
import { close } from '../close.ts';

// From the page of wilcox.test in R: permeability constants of the human chorioamnion; all p printed by R 4.2.2.
const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const early = [1.15, 0.88, 0.9, 0.74, 1.21];
const tiedX = [1, 2, 2, 3, 5, 5, 7, 8];
const tiedY = [2, 3, 5, 6, 8, 8, 9, 10, 11];

describe('the test of Mann and Whitney', () => {
  it.each([
    ['two-sided', 0.254412254412254, 0.244623605126983],
    ['greater', 0.127206127206127, 0.122311802563492],
    ['less', 0.896769896769897, 0.900775348203994],
  ] as const)('has %s the p of R, exact and normal', (alternative, exact, normal) => {
    const counted = mannWhitney(atTerm, early, alternative);
    expect(counted).toMatchObject({ u: 35, exact: true });
    close(counted.p, exact, 1e-12);
    const approximate = mannWhitney(atTerm, early, alternative, 'normal');
    expect(approximate).toMatchObject({ u: 35, exact: false });
    close(approximate.p, normal, 1e-12);
  });

  it.each([
    ['two-sided', 0.0653267212711861],
    ['greater', 0.973811157940723],
    ['less', 0.0326633606355931],
  ] as const)('has %s the p of R with ties', (alternative, p) => {
    const found = mannWhitney(tiedX, tiedY, alternative);
    expect(found).toMatchObject({ u: 16.5, exact: false });
    close(found.p, p, 1e-12);
  });

  it('counts the 2.5e28 orders of 49 and 49 values', () => {
    const x = Array.from({ length: 49 }, (_, i) => i + 1.25);
    const y = Array.from({ length: 49 }, (_, i) => (i + 1) * 1.1);
    const found = mannWhitney(x, y);
    expect(found).toMatchObject({ u: 1100, exact: true });
    close(found.p, 0.479078613354476, 1e-12);
    expect(mannWhitney([...x, 99], y).exact).toBe(false);
  });

  it('keeps its digits for 49 values that are all above 49 others', () => {
    const low = Array.from({ length: 49 }, (_, i) => i);
    const high = low.map((value) => value + 100);
    // Two of the 98! / 49!^2 orders are as far apart.
    const orders = low.reduce((product, i) => (product * (98 - i)) / (49 - i), 1);
    close(mannWhitney(high, low).p, 2 / orders, 1e-12);
    close(mannWhitney(low, high, 'less').p, 1 / orders, 1e-12);
  });

  it('has the smallest p that three against three can have', () => {
    const found = mannWhitney([1, 2, 3], [4, 5, 6]);
    expect(found.u).toBe(0);
    close(found.p, 0.1, 1e-15);
  });

  it('finds nothing in equal values', () => {
    expect(mannWhitney([1, 1, 1], [1, 1, 1])).toEqual({ u: 4.5, p: 1, exact: false });
  });

  const sample = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 12 });

  it('is symmetric when the samples change places', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const [there, back] = [mannWhitney(x, y), mannWhitney(y, x)];
        expect(there.u + back.u).toBe(x.length * y.length);
        close(back.p, there.p, 1e-12);
        close(mannWhitney(y, x, 'less').p, mannWhitney(x, y, 'greater').p, 1e-12);
      }),
      { seed: 1 },
    );
  });

  it('sees only the order of the values', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const risen = (values: number[]) => values.map((value) => Math.exp(value / 10) + value ** 3);
        expect(mannWhitney(risen(x), risen(y))).toEqual(mannWhitney(x, y));
      }),
      { seed: 2 },
    );
  });

  it('has one-sided p that fall as x rises, none outside 0 to 1', () => {
    fc.assert(
      fc.property(sample, sample, fc.nat(5), (x, y, up) => {
        const raised = x.map((value) => value + up + 0.5);
        const methods = [mannWhitney(x, y, 'greater', 'normal'), mannWhitney(raised, y, 'greater', 'normal')];
        const [before = Number.NaN, after = Number.NaN] = methods.map(({ u }) => u);
        expect(after).toBeGreaterThanOrEqual(before);
        for (const { p } of [...methods, mannWhitney(x, y)]) {
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 3 },
    );
  });

  it('refuses an empty sample and what is not a number', () => {
    expect(() => mannWhitney([], [1])).toThrow(RangeError);
    expect(() => mannWhitney([1], [Number.NaN])).toThrow(RangeError);
  });
});

describe('the t-test of Welch', () => {
  // Student's sleep data, as R has them.
  const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
  const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

  it.each([
    ['two-sided', 0.0793941401873582],
    ['greater', 0.960302929906321],
    ['less', 0.0396970700936791],
  ] as const)('has %s the t, degrees and p of R', (alternative, p) => {
    const found = welch(first, second, alternative);
    close(found.t, -1.86081346748685, 1e-13);
    close(found.degrees, 17.7764735161785, 1e-13);
    close(found.p, p, 1e-11);
  });

  it('does not depend on unit, zero or order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (x, scale) => {
          const y = [1, 2, 4];
          const moved = (values: number[]) => values.map((value) => 7 + scale * value);
          const there = welch(x, y);
          close(welch(moved(x), moved(y)).p, there.p, 1e-9);
          close(welch(y, x).t, -there.t, 1e-9);
        },
      ),
      { seed: 4 },
    );
  });

  it('refuses samples that are too small or do not vary', () => {
    expect(() => welch([1], [1, 2])).toThrow('at least two');
    expect(() => welch([1, 1], [2, 2])).toThrow('do not vary');
    expect(() => welch([1, Number.NaN], [1, 2])).toThrow(RangeError);
  });
});
