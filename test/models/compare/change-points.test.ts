import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eDivisive } from '../../../src/models/compare/e-divisive.ts';
import { bestCut } from '../../../src/models/compare/energy.ts';
import { hunterChanges, magnitude } from '../../../src/models/compare/hunter.ts';
import { Random } from '../../../src/models/random.ts';
import { otavaChanges, tigerbeetle } from './tigerbeetle.ts';

/** A series of Otava's tests that halves. */
const halves = [
  1.02, 0.95, 0.99, 1, 1.12, 1, 1.01, 0.98, 1.01, 0.96, 0.5, 0.51, 0.48, 0.48, 0.55, 0.5, 0.49, 0.51, 0.5,
  0.49,
];
const indexesOf = (changes: readonly { index: number }[]) => changes.map(({ index }) => index);

function noise(n: number, seed: number, level = (_: number) => 100): number[] {
  const random = new Random(seed);
  return Array.from({ length: n }, (_, i) => level(i) + 2 * random.normal());
}

describe('the cut of the largest energy distance', () => {
  it('is where the definition has it, which sums over all pairs', () => {
    const sum = (a: readonly number[], b: readonly number[]) =>
      a.reduce((all, x) => all + b.reduce((row, y) => row + Math.abs(x - y), 0), 0);
    const strength = (x: number[], y: number[]) => {
      const [n, m] = [x.length, y.length];
      const within = (n > 1 ? (m * sum(x, x)) / (n - 1) : 0) + (m > 1 ? (n * sum(y, y)) / (m - 1) : 0);
      return (2 * sum(x, y) - within) / (m + n);
    };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 9 }), (values) => {
        let strongest = Number.NEGATIVE_INFINITY;
        for (let cut = 1; cut < values.length; cut++)
          for (let end = cut + 1; end <= values.length; end++)
            strongest = Math.max(strongest, strength(values.slice(0, cut), values.slice(cut, end)));
        expect(bestCut(values)?.strength).toBeCloseTo(strongest, 9);
      }),
      { seed: 1 },
    );
  });

  it('is nowhere in less than two values', () => {
    expect(bestCut([1])).toBeUndefined();
  });
});

describe('changes by windows and t-tests', () => {
  it.each(otavaChanges)(
    'are those of Otava with p at most %d and a change above %d',
    (maxP, least, indexes) => {
      const changes = hunterChanges(tigerbeetle, { window: 30, maxP, minMagnitude: least });
      expect(indexesOf(changes)).toEqual(indexes);
      for (const change of changes) {
        expect(change.p).toBeLessThan(maxP);
        expect(magnitude(change)).toBeGreaterThan(least);
      }
    },
  );

  it('find the one change of a series that halves', () => {
    const [change, ...others] = hunterChanges(halves, { window: 10, maxP: 1e-4 });
    expect(others).toEqual([]);
    expect(change).toMatchObject({
      index: 10,
      before: expect.closeTo(1.004, 9),
      after: expect.closeTo(0.501, 9),
    });
    expect(magnitude({ index: 10, p: 0, before: 1, after: 0.5 })).toBe(1);
  });

  it('follow a later fall, as in the tests of Otava', () => {
    const later = [...halves, 0.47, 0.48, 0.45, 0.01, 0.1, 0.22];
    expect(indexesOf(hunterChanges(later, { window: 5, maxP: 1e-4 }))).toEqual([10, 23]);
  });

  it('are none in equal values, and certain between two levels without any noise', () => {
    expect(hunterChanges(new Array(20).fill(3))).toEqual([]);
    expect(hunterChanges([1, 1, 1, 1, 2, 2, 2, 2])).toEqual([{ index: 4, p: 0, before: 1, after: 2 }]);
  });

  it.each([
    [[1, Number.NaN], {}],
    [[1, 2], { window: 1 }],
    [[1, 2], { maxP: 0 }],
  ])('refuse %j with %j', (values, options) => {
    expect(() => hunterChanges(values, options)).toThrow(RangeError);
  });
});

describe('changes by permutations', () => {
  it('find the one change of a series that halves, and the same again with the seed', () => {
    const changes = eDivisive(halves, { seed: 1 });
    expect(changes).toMatchObject([{ index: 10, p: 1 / 200 }]);
    expect(eDivisive(halves, { seed: 1 })).toEqual(changes);
  });

  it('find two steps, and the level of each', () => {
    const steps = noise(90, 5, (i) => (i < 30 ? 100 : i < 60 ? 110 : 104));
    const changes = eDivisive(steps, { seed: 2 });
    expect(indexesOf(changes)).toEqual([30, 60]);
    for (const [i, level] of [100, 110].entries())
      expect(Math.abs((changes[i]?.before ?? 0) - level)).toBeLessThan(1.5);
  });

  it('raise a false alarm about as often as their level says', () => {
    let alarms = 0;
    for (let seed = 0; seed < 200; seed++)
      if (eDivisive(noise(20, seed), { seed, level: 0.1, permutations: 19 }).length > 0) alarms++;
    // 20 are expected; 4.2 is their standard deviation.
    expect(alarms).toBeGreaterThanOrEqual(8);
    expect(alarms).toBeLessThanOrEqual(32);
  });

  it('do not depend on the unit or zero of the values', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 64 }), (seed, scale) => {
        const values = noise(24, seed, (i) => (i < 12 ? 100 : 106)).map((value) => Math.round(value * 256));
        const moved = values.map((value) => 5 + scale * value);
        const found = (series: number[]) => indexesOf(eDivisive(series, { seed, permutations: 19 }));
        expect(found(moved)).toEqual(found(values));
      }),
      { seed: 21, numRuns: 30 },
    );
  });

  it('are none in equal values, and refused with too few permutations for the level', () => {
    expect(eDivisive(new Array(20).fill(3), { seed: 1 })).toEqual([]);
    expect(eDivisive([], { seed: 1 })).toEqual([]);
    expect(() => eDivisive(halves, { seed: 1, level: 0.001 })).toThrow('199 permutations');
    expect(() => eDivisive([1, Number.POSITIVE_INFINITY], { seed: 1 })).toThrow(RangeError);
  });
});
