import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eigenvalues, scaledCondition, solveSymmetric } from '../../src/models/linear.ts';
import { nnls } from '../../src/models/nnls.ts';

describe('nnls', () => {
  it('finds the demands of the reference rows', () => {
    const rows = [
      [100, 20, 5, 1],
      [80, 60, 10, 1],
      [40, 90, 2, 1],
      [150, 10, 30, 1],
      [60, 60, 60, 1],
      [20, 120, 8, 1],
    ];
    const { x, residual } = nnls(rows, [0.51, 0.73, 0.704, 0.86, 1.29, 0.886]);
    [0.002, 0.005, 0.012, 0.15].forEach((expected, i) => {
      expect(x[i]).toBeCloseTo(expected, 10);
    });
    expect(residual).toBeLessThan(1e-9);
  });

  it('clamps what would be negative', () => {
    const { x, residual } = nnls(
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      [3, 2, 1],
    );
    expect(x[0]).toBeCloseTo(2, 12);
    expect(x[1]).toBe(0);
    expect(residual).toBeCloseTo(Math.SQRT2, 12);
  });

  it('answers zero when every column points away', () => {
    expect(nnls([[1, 2]], [-3]).x).toEqual([0, 0]);
    expect(nnls([[1], [1]], [0, 0]).x).toEqual([0]);
  });

  it.each<[string, number[][], number[]]>([
    ['no rows', [], []],
    ['a column of zeros', [[1, 0]], [1]],
    ['a row too few', [[1, 2]], [1, 2]],
    ['ragged rows', [[1, 2], [1]], [1, 2]],
    ['not a number', [[1, Number.NaN]], [1]],
    ['an infinite value', [[1, 2]], [Number.POSITIVE_INFINITY]],
  ])('refuses %s', (_, a, b) => {
    expect(() => nnls(a, b)).toThrow(RangeError);
  });

  const entry = fc.integer({ min: -50, max: 50 });
  const problem = fc.integer({ min: 1, max: 5 }).chain((columns) =>
    fc.record({
      a: fc.array(fc.array(entry, { minLength: columns, maxLength: columns }), {
        minLength: columns + 2,
        maxLength: 12,
      }),
      b: fc.array(entry, { minLength: 12, maxLength: 12 }),
    }),
  );

  it('meets the conditions of Kuhn and Tucker', () => {
    fc.assert(
      fc.property(problem, ({ a, b: long }) => {
        const b = long.slice(0, a.length);
        fc.pre(scaledCondition(a) < 1e4);
        const { x } = nnls(a, b);
        x.forEach((value, j) => {
          const gradient = a.reduce((sum, row, t) => {
            const fitted = row.reduce((s, v, k) => s + v * (x[k] ?? 0), 0);
            return sum + (row[j] ?? 0) * ((b[t] ?? 0) - fitted);
          }, 0);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(gradient).toBeLessThan(1e-6);
          if (value > 0) expect(Math.abs(gradient)).toBeLessThan(1e-6);
        });
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});

describe('linear algebra', () => {
  it('knows the eigenvalues of a textbook matrix', () => {
    const values = eigenvalues([
      [2, -1, 0],
      [-1, 2, -1],
      [0, -1, 2],
    ]).sort((a, b) => a - b);
    [2 - Math.SQRT2, 2, 2 + Math.SQRT2].forEach((expected, i) => {
      expect(values[i]).toBeCloseTo(expected, 12);
    });
  });

  it('tells the condition of scaled columns', () => {
    expect(
      scaledCondition([
        [5, 0],
        [0, 1000],
      ]),
    ).toBeCloseTo(1, 12);
    // Two unit columns with cosine 0.6 have eigenvalues 1.6 and 0.4.
    expect(
      scaledCondition([
        [1, 60],
        [0, 80],
      ]),
    ).toBeCloseTo(2, 12);
    expect(
      scaledCondition([
        [1, 2],
        [3, 6],
      ]),
    ).toBe(Number.POSITIVE_INFINITY);
    expect(scaledCondition([[1, 0]])).toBe(Number.POSITIVE_INFINITY);
  });

  it('solves and refuses what is singular', () => {
    const x = solveSymmetric(
      [
        [4, 2],
        [2, 3],
      ],
      [2, 5],
    );
    expect(x[0]).toBeCloseTo(-0.5, 12);
    expect(x[1]).toBeCloseTo(2, 12);
    expect(() =>
      solveSymmetric(
        [
          [1, 1],
          [1, 1],
        ],
        [1, 1],
      ),
    ).toThrow(RangeError);
  });
});
