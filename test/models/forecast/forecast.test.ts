import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backTest,
  coverage,
  mase,
  naiveScale,
  origins,
  widening,
} from '../../../src/models/forecast/back-test.ts';
import { forecast, WEEK_IN_HOURS } from '../../../src/models/forecast/forecast.ts';
import { grown, growthRate, periodsUntil } from '../../../src/models/forecast/growth.ts';
import { peakOfMean, peakToMean } from '../../../src/models/forecast/peak.ts';
import { predictNaive } from '../../../src/models/forecast/prediction.ts';
import { seasonalNaive } from '../../../src/models/forecast/seasonal-naive.ts';
import { Random } from '../../../src/models/random.ts';
import { close } from '../close.ts';
import { airPassengers, co2 } from './r-series.ts';

/** Hourly requests of a market that is open for 120 of 168 hours, with a peak every day. */
function market(weeks: number, seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: weeks * WEEK_IN_HOURS }, (_, hour) =>
    hour % WEEK_IN_HOURS < 120 ? 1000 + 500 * Math.sin((hour / 12) * Math.PI) + 100 * random.normal() : 0,
  );
}

describe('the error of the seasonal naive forecast', () => {
  it('is 32.0303 within the airline passengers, as R has it', () => {
    close(naiveScale(airPassengers, 12), 32.030303030303, 1e-13);
  });

  it('makes a MASE of exactly 1 of the forecast itself', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 13, maxLength: 40 }),
        (period, values) => {
          fc.pre(values.some((value, t) => t >= period && value !== values[t - period]));
          const [actual, repeated] = [values.slice(period), values.slice(0, -period)];
          close(mase(actual, repeated, values, period), 1, 1e-12);
        },
      ),
      { seed: 1 },
    );
  });

  it('does not depend on unit or zero', () => {
    const [data, actual] = [airPassengers.slice(0, 120), airPassengers.slice(120)];
    const naive = seasonalNaive(data, 12, 24);
    const moved = (values: readonly number[]) => values.map((value) => 3 * value - 100);
    close(mase(moved(actual), moved(naive), moved(data), 12), mase(actual, naive, data, 12), 1e-12);
  });

  it('is no scale when the data repeat exactly, and compares equal lengths only', () => {
    expect(() => naiveScale([1, 2, 1, 2], 2)).toThrow('repeat every season');
    expect(() => naiveScale([1, 2], 2)).toThrow(RangeError);
    expect(() => mase([1], [1, 2], airPassengers, 12)).toThrow(RangeError);
  });
});

describe('a rolling-origin back-test', () => {
  it('has its origins evenly spread between enough data and the last that leaves a horizon', () => {
    expect(origins(100, 24, 12, 5)).toEqual([24, 40, 56, 72, 88]);
    expect(origins(37, 24, 12, 5)).toEqual([24, 25]);
    expect(origins(36, 24, 12, 5)).toEqual([24]);
    expect(origins(35, 24, 12, 5)).toEqual([]);
    expect(origins(100, 24, 12, 1)).toEqual([88]);
    expect(() => origins(100, 24, 12, 0)).toThrow(RangeError);
  });

  it('shows a forecaster only what came before', () => {
    const seen: number[][] = [];
    const tested = backTest(
      [1, 2, 3, 4, 5, 6],
      (values, horizon) => {
        seen.push([...values]);
        return Array.from({ length: horizon }, () => ({ mean: 4, low: 3, high: 4.5 }));
      },
      2,
      [2, 4],
    );
    expect(seen).toEqual([
      [1, 2],
      [1, 2, 3, 4],
    ]);
    expect(tested).toEqual([
      [
        { error: 1, reach: 1 },
        { error: 0, reach: 1 },
      ],
      [
        { error: 1, reach: 0.5 },
        { error: 2, reach: 0.5 },
      ],
    ]);
    expect(coverage(tested.flat())).toBe(0.5);
    expect(widening(tested.flat(), 1)).toBe(4);
    expect(widening(tested.flat(), 0.25)).toBe(1);
  });

  it('finds wide enough intervals of the naive forecast on a random walk', () => {
    const random = new Random(9);
    let level = 0;
    const walk = Array.from({ length: 2000 }, () => (level += random.normal()));
    const naive = (values: readonly number[], horizon: number) => predictNaive(values, 1, horizon);
    const tested = backTest(walk, naive, 4, origins(2000, 1000, 4, 200)).flat();
    expect(coverage(tested)).toBeGreaterThan(0.93);
    expect(coverage(tested)).toBeLessThan(0.97);
  });
});

describe('a forecast', () => {
  it('takes the method with the least error in the back-test, and reports all of them', () => {
    const found = forecast(airPassengers, { period: 12, horizon: 12 });
    expect(found).toMatchObject({
      method: 'holt-winters-multiplicative',
      reason: 'beats-baseline',
      origins: 8,
    });
    expect(found.scores.map(({ method }) => method)).toEqual([
      'seasonal-naive',
      'simple-smoothing',
      'holt-winters-additive',
      'holt-winters-multiplicative',
    ]);
    const [baseline, simple, , best] = found.scores;
    expect(baseline?.againstBaseline).toBe(1);
    expect(simple?.againstBaseline).toBeGreaterThan(1);
    expect(best?.againstBaseline).toBeLessThan(0.5);
    expect(best?.mase).toBeLessThan(1);
    close(found.predictions[0]?.mean, 447.0559, 1e-4);
  });

  it('widens its intervals to what would have held in the back-test', () => {
    const found = forecast(airPassengers, { period: 12, horizon: 12 });
    const best = found.scores.at(-1);
    expect(best?.coverage).toBeLessThan(0.95);
    expect(best?.widening).toBeGreaterThan(1);
    const [jan] = found.predictions;
    // Without that, from 425.265 to 468.845 around 447.055.
    close((jan?.high ?? 0) - (jan?.mean ?? 0), (best?.widening ?? 0) * (468.845 - 447.055), 1e-3);
  });

  it('is that of the baseline when nothing beats it', () => {
    // One shape that repeats, then another: all that is known of the next season is the last.
    const before = new Array(20).fill([50, 90, 70, 30]).flat();
    const values = [...before, ...new Array(20).fill([20, 40, 90, 80]).flat()];
    const found = forecast(values, { period: 4, horizon: 4, origins: 21 });
    expect(found).toMatchObject({ method: 'seasonal-naive', reason: 'baseline-wins' });
    expect(found.predictions.map(({ mean }) => mean)).toEqual(values.slice(-4));
    for (const { againstBaseline } of found.scores) expect(againstBaseline).toBeGreaterThanOrEqual(1);
  });

  it('of a market that closes at weekends adds its seasons, and predicts nothing below zero', () => {
    const found = forecast(market(6, 1), { period: WEEK_IN_HOURS, horizon: WEEK_IN_HOURS, origins: 2 });
    expect(found.method).toBe('holt-winters-additive');
    expect(found.scores).toHaveLength(3);
    const next = market(7, 1).slice(-WEEK_IN_HOURS);
    const within = found.predictions.filter(
      ({ low, high }, hour) => low <= (next[hour] as number) && (next[hour] as number) <= high,
    );
    expect(within.length / WEEK_IN_HOURS).toBeGreaterThan(0.9);
    for (const { mean, low, high } of found.predictions) {
      expect(low).toBeGreaterThanOrEqual(0);
      expect(mean).toBeGreaterThanOrEqual(low);
      expect(high).toBeGreaterThanOrEqual(mean);
    }
  });

  it('of carbon dioxide is not worse for being asked further ahead than a season', () => {
    const found = forecast(co2.slice(0, 240), { period: 12, horizon: 36, origins: 3 });
    expect(found.method).toBe('holt-winters-additive');
    const errors = found.predictions.map(({ mean }, h) => Math.abs(mean - (co2[240 + h] as number)));
    expect(Math.max(...errors)).toBeLessThan(2);
  });

  it('is refused with less than two weeks of hours, and is the untested baseline with just that', () => {
    const week = { period: WEEK_IN_HOURS, horizon: 24 };
    const values = market(3, 5);
    expect(() => forecast(values.slice(0, 335), week)).toThrow(
      '335 values are fewer than two seasons of 168',
    );
    const found = forecast(values.slice(0, 336), week);
    expect(found).toMatchObject({
      method: 'seasonal-naive',
      reason: 'too-short-to-test',
      scores: [],
      origins: 0,
    });
    expect(found.predictions.map(({ mean }) => mean)).toEqual(values.slice(168, 192));
  });

  it('has no scores against a baseline that is exact', () => {
    const values = Array.from({ length: 20 }, (_, t) => 1 + (t % 4));
    const found = forecast(values, { period: 4, horizon: 4 });
    expect(found.method).toBe('seasonal-naive');
    expect(found.scores[0]).toMatchObject({
      mae: 0,
      mase: null,
      againstBaseline: null,
      coverage: 1,
      widening: 1,
    });
  });

  it('is refused for values below zero, a gap, or a horizon of zero', () => {
    const options = { period: 12, horizon: 12 };
    expect(() => forecast([...airPassengers, -1], options)).toThrow(RangeError);
    expect(() => forecast([...airPassengers, Number.NaN], options)).toThrow(RangeError);
    expect(() => forecast(airPassengers, { ...options, horizon: 0 })).toThrow(RangeError);
    expect(() => forecast(airPassengers, { ...options, origins: 0 })).toThrow(RangeError);
  });
});

describe('compound growth', () => {
  it('is that of the foreign exchange market from 2022 to 2025', () => {
    const rate = growthRate(7.5, 9.6, 3);
    close(rate, 0.0858, 1e-3);
    close(grown(7.5, rate, 3), 9.6, 1e-14);
    close(periodsUntil(7.5, 9.6, rate), 3, 1e-12);
  });

  it('can be undone', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.double({ min: -0.5, max: 2, noNaN: true }),
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        (value, rate, periods) => {
          fc.pre(Math.abs(rate) > 1e-3);
          const later = grown(value, rate, periods);
          expect(growthRate(value, later, periods)).toBeCloseTo(rate, 9);
          close(periodsUntil(value, later, rate), periods, 1e-9);
        },
      ),
      { seed: 2 },
    );
  });

  it('never reaches what it moves away from', () => {
    expect(periodsUntil(10, 20, 0)).toBeNull();
    expect(periodsUntil(10, 20, -0.1)).toBeNull();
    expect(periodsUntil(10, 5, 0.1)).toBeNull();
    expect(periodsUntil(10, 10, 0)).toBe(0);
    expect(() => grown(1, -1, 1)).toThrow(RangeError);
    expect(() => growthRate(0, 1, 1)).toThrow(RangeError);
    expect(() => growthRate(1, 2, 0)).toThrow(RangeError);
    expect(() => grown(1, 0.1, Number.NaN)).toThrow(RangeError);
  });
});

describe('the peak within an hour', () => {
  it('is a quantile of the measured ratios, without hours that are silent or not whole', () => {
    // Ratios 1, 2, 1.5 and a silent hour; the last two values are no hour.
    const values = [5, 5, 5, 0, 0, 6, 2, 4, 6, 0, 0, 0, 9, 0];
    expect(peakToMean(values, 3, 1)).toBe(3);
    expect(peakToMean(values, 3, 0)).toBe(1);
    expect(peakToMean(values, 3, 0.5)).toBe(1.5);
  });

  it('multiplies a forecast mean, an event after it', () => {
    expect(peakOfMean(1000, 1.4)).toBe(1400);
    expect(peakOfMean(1000, 1.4, 8)).toBe(11_200);
  });

  it('is not below the mean nor above all of the hour at once, and does not depend on the unit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 8, maxLength: 40 }),
        fc.integer({ min: 2, max: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, perHour, q) => {
          fc.pre(values.slice(0, perHour).some((value) => value > 0));
          const ratio = peakToMean(values, perHour, q);
          expect(ratio).toBeGreaterThanOrEqual(1 - 1e-12);
          expect(ratio).toBeLessThanOrEqual(perHour + 1e-12);
          close(
            peakToMean(
              values.map((value) => 4 * value),
              perHour,
              q,
            ),
            ratio,
            1e-12,
          );
        },
      ),
      { seed: 3 },
    );
  });

  it('is refused where there is none', () => {
    expect(() => peakToMean([1, 2], 1, 0.5)).toThrow(RangeError);
    expect(() => peakToMean([0, 0], 2, 0.5)).toThrow('no whole hour');
    expect(() => peakToMean([1, -1], 2, 0.5)).toThrow(RangeError);
    expect(() => peakOfMean(1, 0.9)).toThrow(RangeError);
    expect(() => peakOfMean(1, 1, 0.5)).toThrow(RangeError);
    expect(() => peakOfMean(-1, 1)).toThrow(RangeError);
  });
});
