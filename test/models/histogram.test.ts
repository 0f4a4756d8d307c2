import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { COARSE_BITS, FINE_BITS, Histogram, parseHistogram } from '../../src/models/histogram.ts';
import { Random } from '../../src/models/random.ts';

const samples = fc.array(
  fc.double({ min: -1e6, max: 1e9, noNaN: true }).map((value) => value + 0),
  { minLength: 1, maxLength: 200 },
);

function histogramOf(values: readonly number[], bits = FINE_BITS): Histogram {
  const histogram = new Histogram(bits);
  for (const value of values) histogram.record(value);
  return histogram;
}

/** k6's percentile of a list: rank `q * (n - 1)`, linear between neighbours. */
function exact(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = q * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? 0;
  return low + (rank % 1) * ((sorted[Math.ceil(rank)] ?? low) - low);
}

describe('a histogram', () => {
  it('knows count, sum, minimum, maximum and mean exactly', () => {
    const histogram = histogramOf([0.5, -2, 0, 1e-9, 40]);
    expect(histogram).toMatchObject({ count: 5, min: -2, max: 40 });
    expect(histogram.sum).toBeCloseTo(38.500000001, 12);
    expect(histogram.mean).toBeCloseTo(7.7000000002, 12);
    expect([histogram.quantile(0), histogram.quantile(1)]).toEqual([-2, 40]);
  });

  it('has no samples at first, and gives 0 for every quantile as k6 does', () => {
    expect([new Histogram().quantile(0.5), new Histogram().mean, new Histogram().count]).toEqual([0, 0, 0]);
  });

  it('gives the quantiles of R for 1, 2, 3, 4, 10, 20, 30, 40, 100, 200 (type 7)', () => {
    const histogram = histogramOf([1, 2, 3, 4, 10, 20, 30, 40, 100, 200]);
    for (const [q, value] of [
      [0.5, 15],
      [0.9, 110],
      [0.95, 155],
      [0.99, 191],
    ] as const) {
      expect(Math.abs(histogram.quantile(q) / value - 1)).toBeLessThan(0.001);
    }
  });

  it('is within half a bucket of the exact quantile, whatever the values', () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const real = exact(values, q);
        const largest = Math.max(...values.map(Math.abs));
        const off = Math.abs(histogramOf(values).quantile(q) - real);
        // Between neighbours of opposite sign the error is that of the larger one.
        expect(off).toBeLessThanOrEqual(
          Math.max(Math.abs(real), values.some((v) => v < 0) ? largest : 0, largest * 1e-300) * 0.001 +
            largest * 0.0005,
        );
      }),
      { seed: 2, numRuns: 400 },
    );
  });

  it('agrees with HdrHistogram on latencies', () => {
    const random = new Random(7);
    const values = Array.from(
      { length: 20_000 },
      () => Math.round(1000 * Math.exp(1.5 * random.normal())) + 1,
    );
    const reference = build({ numberOfSignificantValueDigits: 3, highestTrackableValue: 2 ** 40 });
    for (const value of values) reference.recordValue(value);
    const histogram = histogramOf(values);
    for (const q of [0.01, 0.5, 0.9, 0.95, 0.99, 0.999]) {
      expect(Math.abs(histogram.quantile(q) / reference.getValueAtPercentile(q * 100) - 1)).toBeLessThan(
        0.002,
      );
    }
  });

  it('merges into the histogram of all samples', () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const merged = histogramOf(a);
        merged.merge(histogramOf(b));
        const all = histogramOf([...a, ...b]);
        expect([...merged.buckets()]).toEqual([...all.buckets()]);
        expect([merged.count, merged.min, merged.max]).toEqual([all.count, all.min, all.max]);
        expect(Math.abs(merged.sum - all.sum)).toBeLessThanOrEqual(
          1e-9 * Math.max(1, ...[...a, ...b].map(Math.abs)) * all.count,
        );
      }),
      { seed: 3 },
    );
  });

  it('merges a finer histogram, and refuses a coarser one', () => {
    const coarse = histogramOf([1, 2, 3], COARSE_BITS);
    coarse.merge(histogramOf([4, 5, 6]));
    expect([...coarse.buckets()]).toEqual([...histogramOf([1, 2, 3, 4, 5, 6], COARSE_BITS).buckets()]);
    expect(() => histogramOf([1]).merge(coarse)).toThrow(RangeError);
  });

  it('comes back from JSON as it was', () => {
    fc.assert(
      fc.property(samples, fc.constantFrom(COARSE_BITS, FINE_BITS), (values, bits) => {
        const histogram = histogramOf(values, bits);
        const json = JSON.parse(JSON.stringify(histogram));
        const back = parseHistogram(json);
        expect([...back.buckets()]).toEqual([...histogram.buckets()]);
        expect(JSON.parse(JSON.stringify(back))).toEqual(json);
      }),
      { seed: 4 },
    );
  });

  it('counts what is at most a limit', () => {
    const histogram = histogramOf([-5, 0, 1, 2, 3]);
    expect([-6, -1, 0, 2.01, 10].map((limit) => histogram.countAtMost(limit))).toEqual([0, 1, 2, 4, 5]);
  });

  it('forgets on reset', () => {
    const histogram = histogramOf([1, 2]);
    histogram.reset();
    histogram.record(9);
    expect([...histogram.buckets()].length).toBe(1);
    expect(histogram).toMatchObject({ count: 1, sum: 9, min: 9, max: 9 });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s', (value) => {
    expect(() => new Histogram().record(value)).toThrow(RangeError);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses the quantile %s', (q) => {
    expect(() => new Histogram().quantile(q)).toThrow(RangeError);
  });
});
