import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addHistograms,
  type CumulativeHistogram,
  histogramBetween,
  histogramIncrease,
  histogramQuantile,
} from '../../src/models/cumulative-histogram.ts';

type Vectors = { quantiles: [histogram: string, q: number, value: number][] };
const file = path.join(import.meta.dirname, '../fixtures/prometheus/promql-3.16.0.json');
const { quantiles } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

const root = 2 ** 0.25;
/** The histograms that Prometheus was asked about, as this model holds them. */
const histograms: Record<string, CumulativeHistogram> = {
  lat_bucket: {
    bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 1],
    counts: [52, 112, 260, 502, 1000, 1000, 1001],
  },
  neg_bucket: { bounds: [-1, 0, 2], counts: [5, 10, 30, 40] },
  nat: {
    bounds: [-4, -3, -2, -1, 0, 1, 2, 3].map((i) => root ** i),
    counts: [0, 1, 3, 7, 13, 17, 19, 20, 20],
    exponential: true,
  },
  sparse: { bounds: [1, 2, 8, 16], counts: [0, 5, 5, 10, 10], exponential: true },
  signed: {
    bounds: [-(2 ** 1.5), -2, -Math.SQRT2, -1, -0.01, 0.01, 2 ** -1.5, 0.5, Math.SQRT1_2, 1],
    counts: [0, 1, 3, 7, 7, 10, 10, 11, 13, 16, 16],
    exponential: true,
  },
  zero: { bounds: [0, 0.5, 1, 2], counts: [0, 4, 4, 6, 6], exponential: true },
  custom: { bounds: [1, 3, 5, 10], counts: [4, 10, 10, 18, 20] },
};

describe('the quantile of a histogram', () => {
  // A median that falls between two buckets of a native histogram with custom bounds is the lower of the two here,
  // as for a classic histogram; Prometheus takes the higher.
  const asked = quantiles.filter(([name, q]) => name !== 'custom' || q !== 0.5);
  it.each(asked)('of %s at %f is what Prometheus says', (name, q, expected) => {
    expect(histogramQuantile(histograms[name] as CumulativeHistogram, q)).toBeCloseTo(expected, 10);
  });

  it('is not known without observations or bounds', () => {
    expect(histogramQuantile({ bounds: [1], counts: [0, 0] }, 0.5)).toBeUndefined();
    expect(histogramQuantile({ bounds: [], counts: [7] }, 0.5)).toBeUndefined();
    expect(histogramQuantile({ bounds: [], counts: [] }, 0.5)).toBeUndefined();
  });

  it('is of a page that was read while its client added to it', () => {
    expect(histogramQuantile({ bounds: [1, 2, 3], counts: [5, 4, 10, 10] }, 0.75)).toBe(2.5);
  });

  it.each([-0.1, 1.1, Number.NaN])('at %f there is none', (q) => {
    expect(() => histogramQuantile({ bounds: [1], counts: [1, 1] }, q)).toThrow(RangeError);
  });
});

const bounds = [1, 2, 5, 10];
const of = (...counts: number[]): CumulativeHistogram => ({ bounds, counts });

describe('what a histogram gained', () => {
  it('is the difference of the counts', () => {
    expect(histogramIncrease(of(1, 2, 3, 4, 5), of(1, 4, 6, 8, 10))).toEqual(of(0, 2, 3, 4, 5));
  });

  it('is everything when it began anew: counts fell, or the buckets are others', () => {
    const after = of(1, 1, 1, 1, 2);
    expect(histogramIncrease(of(1, 2, 3, 4, 5), after)).toBe(after);
    expect(histogramIncrease({ bounds: [3], counts: [1, 2] }, after)).toBe(after);
  });

  it('of a native histogram is also everything when one of its buckets fell', () => {
    const before: CumulativeHistogram = { bounds: [1, 2, 4], counts: [0, 5, 6, 6], exponential: true };
    const after: CumulativeHistogram = { bounds: [1, 2, 4], counts: [0, 9, 9, 9], exponential: true };
    expect(histogramIncrease(before, after)).toBe(after);
  });

  it('is known when new buckets appear, and when the buckets become coarser', () => {
    const before: CumulativeHistogram = {
      bounds: [1, Math.SQRT2, 2, 2 ** 1.5],
      counts: [0, 3, 5, 6, 6],
      exponential: true,
    };
    const wider: CumulativeHistogram = {
      bounds: [0.5, Math.SQRT1_2, 1, Math.SQRT2, 2, 2 ** 1.5, 4],
      counts: [0, 2, 2, 5, 7, 8, 9, 9],
      exponential: true,
    };
    expect(histogramIncrease(before, wider).counts).toEqual([0, 2, 2, 2, 2, 2, 3, 3]);
    const coarser: CumulativeHistogram = {
      bounds: [1, 2, 4, 8],
      counts: [0, 6, 9, 10, 10],
      exponential: true,
    };
    expect(histogramIncrease(before, coarser)).toEqual({ ...coarser, counts: [0, 1, 3, 4, 4] });
  });

  it('between two times needs no reading that changed nothing, and survives a restart', () => {
    const readings = [
      { t: 0, histogram: of(1, 1, 1, 1, 1) },
      { t: 4, histogram: of(2, 3, 3, 3, 3) },
      { t: 7, histogram: of(0, 0, 1, 1, 1) },
      { t: 9, histogram: of(0, 0, 2, 2, 4) },
    ];
    expect(histogramBetween(readings, 3, 6)).toEqual(of(1, 2, 2, 2, 2));
    expect(histogramBetween(readings, 3, 10)).toEqual(of(1, 2, 4, 4, 6));
    expect(histogramBetween(readings, 5, 6)).toEqual(of(0, 0, 0, 0, 0));
    expect(histogramBetween(readings, 7, 10)).toEqual(of(0, 0, 1, 1, 3));
    expect(histogramBetween(readings, -1, 5)).toBeUndefined();
  });
});

describe('the sum of histograms', () => {
  it('of replicas has their bounds', () => {
    expect(addHistograms([of(1, 2, 3, 4, 5), of(0, 0, 1, 1, 1)])).toEqual(of(1, 2, 4, 5, 6));
  });

  it('has the bounds at which each of them knows its count', () => {
    const fine: CumulativeHistogram = {
      bounds: [1, Math.SQRT2, 2],
      counts: [0, 3, 5, 5],
      exponential: true,
    };
    const coarse: CumulativeHistogram = { bounds: [1, 2, 4], counts: [0, 4, 7, 7], exponential: true };
    expect(addHistograms([fine, coarse])).toEqual({
      bounds: [1, 2, 4],
      counts: [0, 9, 12, 12],
      exponential: true,
    });
  });
});

const counted = fc
  .array(fc.nat(50), { minLength: 5, maxLength: 5 })
  .map((each) => of(...each.map((_, i) => each.slice(0, i + 1).reduce((sum, one) => sum + one, 0))));

it('adding and taking away are each other’s inverse', () => {
  fc.assert(
    fc.property(counted, counted, (a, b) => {
      // Nothing added looks like a beginning anew when nothing was there either.
      expect(histogramIncrease(a, addHistograms([a, b]))).toEqual(b);
    }),
    { seed: 1 },
  );
});

it('a quantile rises with its share and stays within the bounds', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(counted, share, share, fc.boolean(), (histogram, a, b, exponential) => {
      const low = histogramQuantile({ ...histogram, exponential }, Math.min(a, b));
      const high = histogramQuantile({ ...histogram, exponential }, Math.max(a, b));
      if (low === undefined || high === undefined) return expect(histogram.counts.at(-1)).toBe(0);
      expect(low).toBeLessThanOrEqual(high + 1e-9);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(10);
    }),
    { seed: 2 },
  );
});
