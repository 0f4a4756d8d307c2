import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ratioOfMeans } from '../../../src/models/compare/ratio.ts';
import { falseAlarmRate, findableEffect, runsPerArm } from '../../../src/models/compare/sample-size.ts';
import {
  deltaIqrBounds,
  iqrBounds,
  percentageBounds,
  tBounds,
  zBounds,
} from '../../../src/models/compare/thresholds.ts';
import { Random } from '../../../src/models/random.ts';
import { close } from '../close.ts';

describe('runs per arm', () => {
  it.each([
    [0.01, 0.02, [4, 7], [4, 7]],
    [0.02, 0.05, [2, 5], [3, 5]],
    [0.0266, 0.02, [22, 47], [23, 49]],
    [0.0266, 0.05, [4, 8], [4, 8]],
    [0.05, 0.02, [78, 163], [81, 171]],
    [0.05, 0.05, [13, 27], [13, 28]],
    [0.05, 0.1, [4, 7], [4, 7]],
  ])('for a variation of %d and an effect of %d', (cv, effect, t, rank) => {
    const designs = [
      { cv, effect, alpha: 0.05, power: 0.8 },
      { cv, effect, alpha: 0.01, power: 0.9 },
    ];
    expect(designs.map((design) => runsPerArm(design))).toEqual(t);
    expect(designs.map((design) => runsPerArm(design, 'mann-whitney'))).toEqual(rank);
  });

  it('find the effect that they are enough for, and one run less does not', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.002, max: 0.2, noNaN: true }),
        fc.double({ min: 0.005, max: 0.2, noNaN: true }),
        fc.constantFrom('t' as const, 'mann-whitney' as const),
        (cv, effect, test) => {
          const wanted = { cv, alpha: 0.05, power: 0.8 };
          const runs = runsPerArm({ ...wanted, effect }, test);
          expect(findableEffect({ ...wanted, runs }, test)).toBeLessThanOrEqual(effect * (1 + 1e-9));
          if (runs > 1) expect(findableEffect({ ...wanted, runs: runs - 1 }, test)).toBeGreaterThan(effect);
        },
      ),
      { seed: 1 },
    );
  });

  it('are refused outside the domain', () => {
    const design = { cv: 0.05, effect: 0.05, alpha: 0.05, power: 0.8 };
    for (const wrong of [{ cv: 0 }, { effect: 0 }, { alpha: 0 }, { power: 1 }, { power: 0.04 }])
      expect(() => runsPerArm({ ...design, ...wrong })).toThrow(RangeError);
    expect(() => findableEffect({ ...design, runs: 0 })).toThrow(RangeError);
  });
});

describe('false alarms of a gate', () => {
  it('are those that CodSpeed publishes', () => {
    close(falseAlarmRate(0.02, 0.0266, 'known'), 0.45, 5e-3);
    close(falseAlarmRate(0.02, 0.0056, 'known'), 0.0004, 0.15);
  });

  it('are 29.7 % when two single runs are compared', () => {
    close(falseAlarmRate(0.02, 0.0266, 'two-runs'), 0.297, 2e-3);
  });

  it('grow with the variation and fall with the tolerance, from one half or always at zero', () => {
    expect(falseAlarmRate(0, 0.03, 'known')).toBe(1);
    expect(falseAlarmRate(0, 0.03, 'two-runs')).toBe(0.5);
    expect(falseAlarmRate(0.02, 0.03, 'known')).toBeGreaterThan(falseAlarmRate(0.02, 0.02, 'known'));
    expect(falseAlarmRate(0.03, 0.03, 'two-runs')).toBeLessThan(falseAlarmRate(0.02, 0.03, 'two-runs'));
    expect(() => falseAlarmRate(-0.01, 0.03, 'known')).toThrow(RangeError);
    expect(() => falseAlarmRate(0.01, 0, 'known')).toThrow(RangeError);
  });
});

describe('bounds of the next figure', () => {
  // The worked examples of Bencher's documentation, which prints two decimals.
  it.each([
    ['of a percentage', percentageBounds(100, 0.1), 90, 110],
    ['by z', zBounds(100, 10, 0.977), 80.05, 119.95],
    ['by t', tBounds(100, 10, 25, 0.977), 78.54, 121.46],
    ['by the interquartile range', iqrBounds(100, 10, 2), 80, 120],
    ['by the relative interquartile range', deltaIqrBounds(100, 0.2, 2), 60, 140],
  ])('%s', (_, bounds, low, high) => {
    expect(bounds.low).toBeCloseTo(low, 2);
    expect(bounds.high).toBeCloseTo(high, 2);
  });

  it('are refused for a negative spread or one figure', () => {
    expect(() => iqrBounds(100, -1, 2)).toThrow(RangeError);
    expect(() => tBounds(100, 10, 1, 0.9)).toThrow(RangeError);
  });
});

describe('the ratio of two arms', () => {
  const before = [100, 104, 98, 101, 97, 103, 99, 102];
  const after = before.map((value) => value * 1.1);
  const seed = 1;

  it('is that of the means, within its interval, and the same again with the seed', () => {
    const found = ratioOfMeans(before, after, { seed });
    close(found.ratio, 1.1, 1e-12);
    expect(found.low).toBeGreaterThan(1.07);
    expect(found.low).toBeLessThan(1.1);
    expect(found.high).toBeGreaterThan(1.1);
    expect(found.high).toBeLessThan(1.13);
    expect(ratioOfMeans(before, after, { seed })).toEqual(found);
  });

  it('is certain when no run differs', () => {
    expect(ratioOfMeans([2, 2, 2], [3, 3, 3], { seed })).toEqual({ ratio: 1.5, low: 1.5, high: 1.5 });
  });

  it('does not depend on the unit, and a higher level is wider', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), (exponent) => {
        const scaled = (values: number[]) => values.map((value) => value * 2 ** exponent);
        const there = ratioOfMeans(before, after, { seed, replicates: 200 });
        expect(ratioOfMeans(scaled(before), scaled(after), { seed, replicates: 200 })).toEqual(there);
        const wider = ratioOfMeans(before, after, { seed, replicates: 200, level: 0.99 });
        expect(wider.high - wider.low).toBeGreaterThan(there.high - there.low);
      }),
      { seed: 21, numRuns: 10 },
    );
  });

  it('has the true ratio in about as many of its 95 % intervals', () => {
    const random = new Random(3);
    // Run-level p99s are skewed: log-normal with a variation of 10 %.
    const arm = (centre: number) =>
      Array.from({ length: 12 }, () => centre * Math.exp(0.1 * random.normal()));
    let covered = 0;
    for (let i = 0; i < 300; i++) {
      const { low, high } = ratioOfMeans(arm(100), arm(120), { seed: i, replicates: 400 });
      if (low <= 1.2 && high >= 1.2) covered++;
    }
    // Expected 285 at the nominal level; a bootstrap of twelve runs has a little less.
    expect(covered).toBeGreaterThan(264);
    expect(covered).toBeLessThan(296);
  });

  it('is refused with too few runs or figures that are not above zero', () => {
    expect(() => ratioOfMeans([1, 2], [1, 2, 3], { seed })).toThrow('at least 3');
    expect(() => ratioOfMeans([1, 2, 0], [1, 2, 3], { seed })).toThrow(RangeError);
    expect(() => ratioOfMeans([1, 2, 3], [1, 2, 3], { seed, level: 1 })).toThrow(RangeError);
  });
});
