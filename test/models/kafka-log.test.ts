import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hottestPartitionBytes,
  partitionSkew,
  partitionsForSkew,
  partitionsNeeded,
  retainedBytes,
  retentionWithin,
} from '../../src/models/kafka-log.ts';
import { close } from './close.ts';

const amount = fc.double({ min: 0.001, max: 1e6, noNaN: true });
const rates = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('partitions', () => {
  it('are seven for 20 MB/s at 5 in and 3 out', () => {
    expect(partitionsNeeded(20, 5, 3)).toBe(7);
    expect(partitionsNeeded(20, 3, 5)).toBe(7);
    expect(partitionsNeeded(0.3, 0.1, 1)).toBe(3);
    expect(partitionsNeeded(0, 5, 3)).toBe(1);
  });

  it('are the fewest that carry the rate', () => {
    fc.assert(
      fc.property(amount, amount, amount, (rate, produce, consume) => {
        const partitions = partitionsNeeded(rate, produce, consume);
        expect(partitions * Math.min(produce, consume)).toBeGreaterThanOrEqual(rate * (1 - 1e-9));
        if (partitions > 1) expect((partitions - 1) * Math.min(produce, consume)).toBeLessThan(rate);
        expect(partitionsNeeded(rate * 2, produce, consume)).toBeGreaterThanOrEqual(partitions);
      }),
      { seed: 1 },
    );
  });

  it('are more when keys are skewed, by as much as the hottest is above the mean', () => {
    expect(partitionSkew([5, 5, 5, 5])).toBe(1);
    expect(partitionSkew([10, 2, 4, 4])).toBe(2);
    expect(partitionsForSkew(20, 5, 3, [10, 2, 4, 4])).toBe(14);
    expect(partitionsForSkew(20, 5, 3, [1, 1])).toBe(7);
    fc.assert(
      fc.property(rates, (each) => {
        fc.pre(each.some((rate) => rate > 0.001));
        expect(partitionSkew(each)).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(partitionSkew(each)).toBeLessThanOrEqual(each.length * (1 + 1e-9));
      }),
      { seed: 2 },
    );
  });

  it('are refused outside their domain', () => {
    for (const refused of [
      () => partitionsNeeded(-1, 5, 3),
      () => partitionsNeeded(20, 0, 3),
      () => partitionsNeeded(20, 5, Number.POSITIVE_INFINITY),
      () => partitionSkew([]),
      () => partitionSkew([0, 0]),
      () => partitionSkew([1, -1]),
    ])
      expect(refused).toThrow(RangeError);
  });
});

describe('what a topic keeps', () => {
  const week = { rate: 50_000, size: 1024, seconds: 7 * 86_400, replicas: 3, headroom: 0 };

  it('is 84.5 TiB for a week of 50,000 records of 1 KiB in three replicas', () => {
    close(retainedBytes(week) / 2 ** 40, 84.5, 5e-4);
    close(retainedBytes({ ...week, headroom: 0.2 }), retainedBytes(week) / 0.8, 1e-15);
  });

  it('is 5625 GiB for 100 MiB/s, eight hours and two replicas, as at Netflix', () => {
    const state = { rate: 100, size: 2 ** 20, seconds: 8 * 3600, replicas: 2, headroom: 0 };
    expect(retainedBytes(state) / 2 ** 30).toBe(5625);
  });

  it('has room for as long as was asked', () => {
    fc.assert(
      fc.property(
        amount,
        amount,
        amount,
        fc.integer({ min: 1, max: 5 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (rate, size, seconds, replicas, headroom) => {
          const retention = { rate, size, seconds, replicas, headroom };
          close(retentionWithin(retainedBytes(retention), retention), seconds, 1e-9);
        },
      ),
      { seed: 3 },
    );
  });

  it('is largest on the volume of the hottest partition', () => {
    const topic = { size: 100, seconds: 10, headroom: 0.5 };
    expect(hottestPartitionBytes([3, 9, 6], topic)).toBe(18_000);
    expect(hottestPartitionBytes([6, 6, 6], topic) * 3).toBe(
      retainedBytes({ ...topic, rate: 18, replicas: 1 }),
    );
  });

  it.each([
    { headroom: 1 },
    { headroom: -0.1 },
    { replicas: 0 },
    { replicas: 1.5 },
    { rate: -1 },
    { size: Number.NaN },
  ])('is refused for %j', (wrong) => {
    expect(() => retainedBytes({ ...week, ...wrong })).toThrow(RangeError);
  });

  it('is no time for a topic without records', () => {
    expect(() => retentionWithin(1, { ...week, rate: 0 })).toThrow(RangeError);
  });
});
