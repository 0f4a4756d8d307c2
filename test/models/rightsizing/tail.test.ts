import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/models/random.ts';
import { latenessAt } from '../../../src/models/rightsizing/lateness.ts';
import { coresForWork, dayWorkOf } from '../../../src/models/rightsizing/load-share.ts';
import {
  fitGumbel,
  gumbelLevel,
  peakAhead,
  riseOf,
  usualPeak,
} from '../../../src/models/rightsizing/tail.ts';
import { dayPeaks, extentOf } from '../../../src/models/rightsizing/use.ts';

const settings = { confidence: 0.95, seed: 1 };
const grid = { from: 0, step: 3600, steps: 24 * 10 };
const each = (of: (hour: number) => number) => Float64Array.from({ length: grid.steps }, (_, i) => of(i));

describe('the cores that are enough for a share of the work', () => {
  it('weigh work and not time: three idle quarters of the day hardly count', () => {
    const days = dayWorkOf(grid, [each((hour) => (hour % 24 < 6 ? 1 : 0.01))]);
    const { value, bound } = coresForWork(days, 0.95, settings);
    // The 95th percentile of the time is 1 too, but of the time 75 % is below 0.02.
    expect(value).toBeGreaterThanOrEqual(1);
    expect(value).toBeLessThan(1.03);
    expect(coresForWork(days, 0.1, settings).value).toBeGreaterThanOrEqual(1);
    expect(bound).toBe(value);
  });

  it('are known better the more alike the days are, and the more there are', () => {
    const random = new Random(3);
    const wild = Array.from({ length: 10 }, () => 0.5 + random.uniform());
    const of = (days: number) => {
      const steps = 24 * days;
      const values = Float64Array.from({ length: steps }, (_, i) => wild[Math.floor(i / 24) % 10] as number);
      return coresForWork(dayWorkOf({ ...grid, steps }, [values]), 0.5, settings);
    };
    const [few, many] = [of(10), of(200)];
    expect(few.high - few.low).toBeGreaterThan(2 * (many.high - many.low));
    expect(few.bound).toBeGreaterThan(few.value);
    const same = coresForWork(dayWorkOf(grid, [each(() => 0.5)]), 0.5, settings);
    expect(same.high).toBe(same.low);
  });

  it('never fall with more load, or with more confidence, and cover what they say', () => {
    const cores = fc.array(fc.double({ min: 0.001, max: 4, noNaN: true }), { minLength: 72, maxLength: 96 });
    fc.assert(
      fc.property(cores, fc.double({ min: 1, max: 3, noNaN: true }), (values, factor) => {
        const own = { from: 0, step: 3600, steps: values.length };
        const days = dayWorkOf(own, [Float64Array.from(values)]);
        const more = dayWorkOf(own, [Float64Array.from(values, (value) => value * factor)]);
        const enough = coresForWork(days, 0.9, settings);
        expect(coresForWork(more, 0.9, settings).bound).toBeGreaterThanOrEqual(enough.bound);
        expect(coresForWork(days, 0.99, { confidence: 0.99, seed: 1 }).bound).toBeGreaterThanOrEqual(
          enough.bound,
        );
        const within = values.reduce((sum, value) => sum + (value <= enough.bound ? value : 0), 0);
        expect(within / values.reduce((sum, value) => sum + value, 0)).toBeGreaterThanOrEqual(0.9 - 1e-9);
      }),
      { seed: 21, numRuns: 10 },
    );
  });

  it('are none where nothing was used', () => {
    expect(coresForWork(dayWorkOf(grid, [each(() => Number.NaN)]), 0.95, settings).bound).toBe(0);
  });
});

describe('the tail of peaks', () => {
  it('fits what was drawn from a Gumbel distribution', () => {
    const random = new Random(5);
    const drawn = Array.from({ length: 5000 }, () => 100 - 10 * Math.log(-Math.log(random.uniform())));
    const { location, scale } = fitGumbel(drawn);
    expect(location).toBeCloseTo(100, -0.3);
    expect(scale / 10).toBeCloseTo(1, 1);
    // L-moments of 1, 2, 3 by hand: b0 = 2, b1 = 4 / 3, so that the scale is (2 / 3) / ln 2.
    expect(fitGumbel([3, 1, 2]).scale).toBeCloseTo(2 / 3 / Math.LN2, 12);
    expect(() => fitGumbel([])).toThrow(RangeError);
  });

  it('tells the level that the peaks of so many days keep with that probability', () => {
    const gumbel = { location: 100, scale: 10 };
    const level = gumbelLevel(gumbel, 0.95, 30);
    expect(Math.exp(-Math.exp(-(level - 100) / 10)) ** 30).toBeCloseTo(0.95, 12);
    expect(() => gumbelLevel(gumbel, 1, 30)).toThrow(RangeError);
  });

  it('holds: of many months drawn from the same distribution about as many keep it as said', () => {
    const random = new Random(11);
    const peak = () => 1000 - 50 * Math.log(-Math.log(random.uniform()));
    let kept = 0;
    const tries = 200;
    for (let i = 0; i < tries; i++) {
      const { bound } = peakAhead(Array.from({ length: 14 }, peak), { ahead: 30, confidence: 0.9, seed: i });
      if (Math.max(...Array.from({ length: 30 }, peak)) <= bound) kept++;
    }
    expect(kept / tries).toBeGreaterThan(0.87);
    expect(kept / tries).toBeLessThan(0.99);
  });

  it('is never below what was seen, grows with confidence and with the peaks, and is that of a constant', () => {
    const peaks = fc.array(fc.double({ min: 1, max: 1e10, noNaN: true }), { minLength: 3, maxLength: 14 });
    fc.assert(
      fc.property(peaks, fc.double({ min: 1, max: 3, noNaN: true }), (values, factor) => {
        const of = (all: number[], confidence: number) =>
          peakAhead(all, { ahead: 30, confidence, seed: 1 }).bound;
        const bound = of(values, 0.9);
        expect(bound).toBeGreaterThanOrEqual(Math.max(...values));
        expect(of(values, 0.99)).toBeGreaterThanOrEqual(bound * (1 - 1e-9));
        const more = values.map((value) => value * factor);
        expect(of(more, 0.9)).toBeGreaterThanOrEqual(bound * (1 - 1e-9));
      }),
      { seed: 22, numRuns: 10 },
    );
    expect(peakAhead([7, 7, 7], { ahead: 30, ...settings }).bound).toBeCloseTo(7, 9);
  });

  it('has a usual peak below it, of all pods on all days', () => {
    const days = Array.from({ length: 10 }, (_, day) => [100 + day, 90]);
    const usual = usualPeak(days, 0.9, settings);
    expect(usual.value).toBeGreaterThan(100);
    expect(usual.bound).toBeGreaterThanOrEqual(usual.value);
    expect(usual.bound).toBeLessThanOrEqual(109);
  });

  it('tells a rise from chance', () => {
    expect(riseOf([10, 12, 14, 16, 18])).toBe(2);
    expect(riseOf([10, 12, 14, 16])).toBeNull();
    expect(riseOf([10, 12, 9, 13, 10, 11])).toBeNull();
  });
});

describe('the peaks of days', () => {
  const two = { from: 0, step: 43_200, steps: 4 };
  const values = Float64Array.of(1, 3, Number.NaN, Number.NaN);

  it('are those of each pod, none where nothing was recorded', () => {
    const other = Float64Array.of(5, 2, 4, 6);
    expect(
      dayPeaks(two, [
        { pod: 'a', values },
        { pod: 'b', values: other },
      ]),
    ).toEqual([[3, 5], [6]]);
  });

  it('are what a container would have used that was ended for it', () => {
    const ooms = [
      { pod: 'a', time: 3600, limit: 2 ** 30 },
      { pod: 'b', time: 90_000, limit: 1 },
    ];
    expect(dayPeaks(two, [{ pod: 'a', values }], ooms)).toEqual([[1.2 * 2 ** 30], []]);
    const unlimited = [{ pod: 'a', time: 3600, limit: null }];
    expect(dayPeaks(two, [{ pod: 'a', values }], unlimited)).toEqual([[3 + 100 * 2 ** 20], []]);
  });

  it('cover as long as there are values', () => {
    expect(extentOf(two, [values, Float64Array.of(Number.NaN, Number.NaN, 1, Number.NaN)])).toEqual({
      span: 86_400,
      points: 3,
    });
    expect(extentOf(two, [])).toEqual({ span: 0, points: 0 });
  });
});

describe('what a request costs on a full node', () => {
  it('is how late its work gets', () => {
    const use = Float64Array.of(0.5, 1.5, 1, 0.25, Number.NaN, 0.5);
    // 30 core-seconds too much for one core, none of which can be caught up until the fourth minute.
    expect(latenessAt(use, 1, 60)).toEqual({ worst: 30, share: 2 / 5 });
    expect(latenessAt(use, 1.5, 60)).toEqual({ worst: 0, share: 0 });
    expect(latenessAt(Float64Array.of(2, Number.NaN, 1.5), 1, 60).worst).toBe(60);
    expect(() => latenessAt(use, 0, 60)).toThrow(RangeError);
  });

  it('is never more for a larger request', () => {
    const uses = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 1, maxLength: 50 });
    const request = fc.double({ min: 0.01, max: 4, noNaN: true });
    fc.assert(
      fc.property(uses, request, fc.double({ min: 1, max: 3, noNaN: true }), (values, cores, factor) => {
        const use = Float64Array.from(values);
        const [small, large] = [latenessAt(use, cores, 60), latenessAt(use, cores * factor, 60)];
        expect(large.worst).toBeLessThanOrEqual(small.worst + 1e-9);
        expect(large.share).toBeLessThanOrEqual(small.share);
      }),
      { seed: 1 },
    );
  });
});
