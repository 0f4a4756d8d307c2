import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consumerLoads,
  consumersForHottest,
  consumersToDrain,
  drainTime,
  effectiveConsumers,
  hottestDrainTime,
  hottestLagGrowth,
  lagGrowth,
  timeToOverflow,
} from '../../src/models/consumer-lag.ts';
import { close } from './close.ts';

const group = { arrival: 8000, rate: 1000, consumers: 10, partitions: 12 };

describe('the lag of a consumer group', () => {
  it('of 1.2 million drains in 600 s, with 8,000/s coming and ten consumers of 1,000/s', () => {
    expect(lagGrowth(group)).toBe(-2000);
    expect(drainTime(1_200_000, group)).toBe(600);
    expect(consumersToDrain(1_200_000, 600, group)).toBe(10);
  });

  it('does not drain faster with more consumers than partitions', () => {
    expect(effectiveConsumers(20, 12)).toBe(12);
    expect(drainTime(1000, { ...group, consumers: 50 })).toBe(drainTime(1000, { ...group, consumers: 12 }));
    expect(consumersToDrain(1_200_000, 60, group)).toBeNull();
  });

  it('grows until it overflows when consumers are too slow', () => {
    const slow = { ...group, consumers: 7 };
    expect(lagGrowth(slow)).toBe(1000);
    expect(drainTime(5000, slow)).toBeNull();
    expect(timeToOverflow(5000, 65_000, slow)).toBe(60);
    expect(timeToOverflow(5000, 65_000, group)).toBeNull();
    expect(timeToOverflow(70_000, 65_000, slow)).toBe(0);
    expect(drainTime(0, slow)).toBe(0);
    // Neither grows nor drains.
    expect(drainTime(5000, { ...group, consumers: 8 })).toBeNull();
    expect(timeToOverflow(5000, 65_000, { ...group, consumers: 8 })).toBeNull();
  });

  it('is drained in time by the consumers that are told, and not by one less', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e7 }),
        fc.integer({ min: 0, max: 50_000 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 86_400 }),
        fc.integer({ min: 1, max: 64 }),
        (lag, arrival, rate, seconds, partitions) => {
          const consumers = consumersToDrain(lag, seconds, { arrival, rate, partitions });
          if (consumers === null) {
            const time = drainTime(lag, { arrival, rate, partitions, consumers: partitions });
            expect(time === null || time > seconds).toBe(true);
            return;
          }
          const time = drainTime(lag, { arrival, rate, partitions, consumers });
          expect(time).not.toBeNull();
          expect(Number(time)).toBeLessThanOrEqual(seconds * (1 + 1e-6));
          const fewer = drainTime(lag, { arrival, rate, partitions, consumers: consumers - 1 });
          expect(fewer === null || fewer > seconds).toBe(true);
        },
      ),
      { seed: 1 },
    );
  });

  it('that drains for as long as consumers need came from that time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 9, max: 12 }), fc.integer({ min: 1, max: 1e6 }), (consumers, lag) => {
        const time = drainTime(lag, { ...group, consumers });
        expect(consumersToDrain(lag, Number(time), group)).toBe(consumers);
      }),
      { seed: 2 },
    );
  });

  it('is refused outside its domain', () => {
    for (const refused of [
      () => effectiveConsumers(1.5, 2),
      () => effectiveConsumers(1, 0),
      () => lagGrowth({ ...group, rate: -1 }),
      () => drainTime(-1, group),
      () => timeToOverflow(1, Number.NaN, group),
      () => consumersToDrain(1, 0, group),
      () => consumersToDrain(1, 1, { ...group, rate: 0 }),
      () => hottestDrainTime([{ arrival: 1, lag: 1 }], 1, 0),
    ])
      expect(refused).toThrow(RangeError);
  });
});

describe('the hottest partition', () => {
  // One instrument has most of the trades: 1600/s in all, which two consumers of 1000/s would take in the mean.
  const partitions = [
    { arrival: 1100, lag: 6000 },
    { arrival: 200, lag: 100 },
    { arrival: 100, lag: 100 },
    { arrival: 200, lag: 0 },
  ];

  it('shares its consumer with those that are dealt to it', () => {
    expect(consumerLoads(partitions, 2)).toEqual([
      { arrival: 1200, lag: 6100 },
      { arrival: 400, lag: 100 },
    ]);
    expect(consumerLoads(partitions, 9)).toEqual(partitions);
    expect(consumerLoads(partitions, 0)).toEqual([]);
  });

  it('falls behind where the mean drains, and more consumers do not help', () => {
    expect(lagGrowth({ arrival: 1600, rate: 1000, consumers: 2, partitions: 4 })).toBeLessThan(0);
    expect(hottestLagGrowth(partitions, 1000, 2)).toBe(200);
    expect(hottestLagGrowth(partitions, 1000, 4)).toBe(100);
    expect(hottestDrainTime(partitions, 1000, 4)).toBeNull();
    expect(consumersForHottest(partitions, 1000, 3600)).toBeNull();
  });

  it('decides how long all take', () => {
    expect(hottestDrainTime(partitions, 1300, 2)).toBe(61);
    expect(hottestDrainTime(partitions, 1300, 4)).toBe(30);
    expect(consumersForHottest(partitions, 1300, 61)).toBe(2);
    // A third would be dealt the hottest and the last.
    expect(hottestDrainTime(partitions, 1300, 3)).toBeNull();
    expect(consumersForHottest(partitions, 1300, 60)).toBe(4);
    expect(consumersForHottest(partitions, 1300, 29)).toBeNull();
  });

  it('is like any other when all are alike', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 1, max: 9999 }),
        (count, arrival, lag) => {
          const alike = Array.from({ length: count }, () => ({ arrival, lag }));
          const whole = { arrival: count * arrival, rate: 1000, consumers: count, partitions: count };
          close(hottestDrainTime(alike, 1000, count), Number(drainTime(count * lag, whole)), 1e-9);
          close(hottestLagGrowth(alike, 1000, count) * count, lagGrowth(whole), 1e-9);
        },
      ),
      { seed: 3 },
    );
  });
});
