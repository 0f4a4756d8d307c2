import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentialBuckets, linearBuckets } from '../../../src/models/rightsizing/buckets.ts';
import { DecayingHistogram } from '../../../src/models/rightsizing/decaying-histogram.ts';
import { afterOom } from '../../../src/models/rightsizing/use.ts';
import {
  boundsOf,
  confidenceOf,
  cpuBuckets,
  memoryBuckets,
  recommendVpa,
  scaleByConfidence,
  withMargin,
} from '../../../src/models/rightsizing/vpa.ts';

const HOUR = 3600;
const linear = linearBuckets({ max: 10, size: 1 });

// The values are those of the autoscaler's own unit tests, and of its histograms run with its defaults.
describe('the buckets of the vertical pod autoscaler', () => {
  it('grow as its options say, and are as many', () => {
    const buckets = exponentialBuckets({ max: 500, first: 40, ratio: 1.5 });
    expect(buckets.count).toBe(6);
    expect([0, 1, 2, 3, 4, 5].map(buckets.start)).toEqual([0, 40, 100, 190, 325, 527.5]);
    expect([-1, 39.9, 40, 99, 100, 1e9].map(buckets.of)).toEqual([0, 0, 1, 1, 2, 5]);
    expect(linearBuckets({ max: 5, size: 0.3 }).count).toBe(18);
    const finer = exponentialBuckets({ max: 1000, first: 0.001, ratio: 1.05 });
    expect([cpuBuckets.count, finer.count, memoryBuckets.count]).toEqual([176, 223, 176]);
  });

  it.each([
    ['cores', cpuBuckets, 1, 1.01628],
    ['finer cores', exponentialBuckets({ max: 1000, first: 0.001, ratio: 1.05 }), 1, 1.02079],
    ['two cores', cpuBuckets, 2, 2.09348],
    ['bytes', memoryBuckets, 1e9, 1.01628e9],
  ])('give back the end of a bucket: %s', (_, buckets, value, end) => {
    const histogram = new DecayingHistogram(buckets, HOUR);
    histogram.add(value, 1, 0);
    for (const q of [0, 0.5, 1]) expect(histogram.percentile(q) / end).toBeCloseTo(1, 5);
  });

  it('never give back less than was put in, nor more than 5 % and a bucket above', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 900, noNaN: true }), (value) => {
        const histogram = new DecayingHistogram(cpuBuckets, HOUR);
        histogram.add(value, 1, 0);
        const told = histogram.percentile(1);
        expect(told).toBeGreaterThanOrEqual(value * (1 - 1e-12));
        expect(told).toBeLessThanOrEqual(value * 1.05 + 0.01 + 1e-9);
      }),
      { seed: 1 },
    );
  });

  it.each([
    [() => exponentialBuckets({ max: 1, first: 2, ratio: 1.5 }), 'no exponential buckets go from 2 to 1'],
    [() => exponentialBuckets({ max: 1, first: 0.1, ratio: 1 }), 'by 1'],
    [() => linearBuckets({ max: 1, size: 0 }), 'no buckets of 0 go up to 1'],
    [() => new DecayingHistogram(linear, 0), 'half-life 0 is not above 0'],
    [() => new DecayingHistogram(linear, 1).percentile(1.5), 'quantile 1.5 is not'],
  ])('refuse what is none', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('its histogram', () => {
  it('weighs samples', () => {
    const histogram = new DecayingHistogram(linear, 24 * HOUR);
    for (const value of [1, 2, 3, 4]) histogram.add(value, value, 0);
    const qs = [0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 1];
    expect(qs.map((q) => histogram.percentile(q))).toEqual([2, 2, 3, 3, 4, 4, 5, 5]);
  });

  it('forgets half in every half-life, whatever the order', () => {
    for (const order of [
      [1, 2, 3, 4],
      [4, 1, 3, 2],
    ]) {
      const histogram = new DecayingHistogram(linear, HOUR);
      for (const value of order) histogram.add(value, value, value * HOUR);
      const qs = [0, 0.02, 0.03, 0.1, 0.11, 0.34, 0.35, 1];
      expect(qs.map((q) => histogram.percentile(q))).toEqual([2, 2, 3, 3, 4, 4, 5, 5]);
    }
  });

  it('goes on when the exponent would grow too large', () => {
    const histogram = new DecayingHistogram(linear, HOUR);
    histogram.add(1, 1, 0);
    histogram.add(2, 1, 1_000_000 * HOUR);
    histogram.add(3, 1, 1_000_001 * HOUR);
    expect([0, 0.33, 0.34, 1].map((q) => histogram.percentile(q))).toEqual([3, 3, 4, 4]);
  });

  it('is empty until something weighs more than nothing', () => {
    const histogram = new DecayingHistogram(linear, HOUR);
    expect([histogram.isEmpty, histogram.percentile(0.9)]).toEqual([true, 0]);
    histogram.add(5, 0.00009, 0);
    expect([histogram.isEmpty, histogram.percentile(0.9)]).toEqual([true, 0]);
    histogram.add(5, 0.1, 0);
    expect([histogram.isEmpty, histogram.percentile(0.9)]).toEqual([false, 6]);
  });
});

describe('its confidence', () => {
  it('is the days of history, or those that the samples fill', () => {
    expect(confidenceOf(16 * 60, 9)).toBe(0.00625);
    expect(confidenceOf(2 * 86_400, 1440 * 7)).toBe(2);
    expect(confidenceOf(16 * 60, 9, 18 * 60)).toBe(0.5);
  });

  it('widens the bounds', () => {
    const raised = { multiplier: 0.1, exponent: 2 };
    expect(scaleByConfidence(3140, 0.00625, raised)).toBe(907_460);
    expect(scaleByConfidence(3_140_000, 0.5, raised)).toBe(4_521_600);
    expect(withMargin(3140, 0.1)).toBe(3454);
    expect(scaleByConfidence(3140, 0, { multiplier: 1, exponent: 1 })).toBe(1e14);
    expect(scaleByConfidence(3140, 0, { multiplier: 0.001, exponent: -2 })).toBe(0);
  });

  it.each([
    [0.5, 3],
    [1, 2],
    [7, 8 / 7],
  ])('of %d days multiplies the upper bound', (days, factor) => {
    const { upper, target } = boundsOf({ lower: 1e6, target: 1e6, upper: 1e6 }, days, 0);
    expect(upper / 1.15e6).toBeCloseTo(factor, 5);
    expect(target).toBe(1_150_000);
  });

  it.each([
    [5, 0.603],
    [30, 0.9105],
    [60, 0.954],
  ])('of %d minutes lowers the lower bound', (minutes, factor) => {
    const { lower } = boundsOf({ lower: 1e6, target: 1e6, upper: 1e6 }, minutes / 1440, 0);
    expect(lower / 1.15e6).toBeCloseTo(factor, 3);
  });
});

describe('its recommendation', () => {
  const grid = { from: 0, step: 300, steps: (8 * 86_400) / 300 };
  const steady = (value: number) => new Float64Array(grid.steps).fill(value);
  const pods = [{ pod: 'a', cpu: steady(1), memory: steady(1e9) }];

  it('is the end of the bucket with its margin and confidence', () => {
    const { cpu, memory } = recommendVpa({ grid, pods, ooms: [], request: 0.5, containers: 1 });
    expect(cpu.target).toBe(Math.floor(1016.28 * 1.15 - 0.0001));
    expect(cpu.upper / cpu.target).toBeCloseTo(1 + 1 / 8, 3);
    expect(memory.target / (1.01628e9 * 1.15)).toBeCloseTo(1, 5);
  });

  it('has a floor for each pod, divided over its containers', () => {
    const idle = [{ pod: 'a', cpu: steady(0), memory: steady(1e6) }];
    const of = (containers: number) =>
      recommendVpa({ grid, pods: idle, ooms: [], request: null, containers });
    expect(of(1).cpu.target).toBe(25);
    expect(of(1).memory.target).toBe(262_144_000);
    expect(of(2).cpu.target).toBe(12.5);
    expect(of(2).memory.target).toBe(131_072_000);
  });

  it('takes a container that was ended for its memory to want a fifth or 100 MiB more', () => {
    expect([afterOom(1e9), afterOom(1e8)]).toEqual([1.2e9, 1e8 + 100 * 2 ** 20]);
    const ooms = Array.from({ length: 8 }, (_, day) => ({ pod: 'a', time: day * 86_400 + 60, limit: 2e9 }));
    const { memory } = recommendVpa({ grid, pods, ooms, request: 0.5, containers: 1 });
    expect(memory.target).toBeGreaterThanOrEqual(2.4e9 * 1.15);
    expect(memory.target).toBeLessThanOrEqual(2.4e9 * 1.15 * 1.06);
  });

  it('weighs by the request when that was larger', () => {
    const mixed = Float64Array.from({ length: grid.steps }, (_, i) => (i % 10 < 8 ? 0.1 : 1));
    const of = (request: number) =>
      recommendVpa({
        grid,
        pods: [{ pod: 'a', cpu: mixed, memory: steady(1e9) }],
        ooms: [],
        request,
        containers: 1,
      }).cpu;
    expect(of(1)).toEqual(of(0.01));
    expect(of(1).target).toBe(Math.floor(1016.28 * 1.15 - 0.0001));
  });
});
