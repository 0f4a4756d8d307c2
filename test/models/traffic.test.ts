import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/models/random.ts';
import { eventFactor, eventsFactor } from '../../src/models/traffic/event.ts';
import { historyOf } from '../../src/models/traffic/history.ts';
import { preset, presetNames } from '../../src/models/traffic/profile.ts';
import { isOpen } from '../../src/models/traffic/sessions.ts';
import { drawArrivals, expectedRates, rateAt, type Traffic } from '../../src/models/traffic/traffic.ts';
import { Zone } from '../../src/models/traffic/zone.ts';

const at = (text: string) => Date.parse(text) / 1000;
const HOUR = 3600;
const DAY = 24 * HOUR;

describe('a zone', () => {
  it.each([
    ['Europe/London', '2026-03-29T00:59:59Z', 0],
    ['Europe/London', '2026-03-29T01:00:00Z', 1],
    ['Europe/London', '2026-10-25T00:59:59Z', 1],
    ['Europe/London', '2026-10-25T01:00:00Z', 0],
    ['America/New_York', '2026-03-08T06:59:59Z', -5],
    ['America/New_York', '2026-03-08T07:00:00Z', -4],
    ['Australia/Sydney', '2026-04-04T15:59:59Z', 11],
    ['Australia/Sydney', '2026-04-04T16:00:00Z', 10],
    ['Asia/Tokyo', '2026-07-01T00:00:00Z', 9],
    ['Asia/Kolkata', '2026-07-01T00:00:00Z', 5.5],
  ])('%s at %s is %d hours ahead', (name, time, hours) => {
    expect(new Zone(name).offset(at(time))).toBe(hours * HOUR);
  });

  it('tells the local time of day and day of the week', () => {
    expect(new Zone('America/New_York').local(at('2026-07-05T21:30:00Z'))).toEqual({
      seconds: 63_000,
      weekday: 0,
    });
    expect(new Zone('Asia/Tokyo').local(at('2026-07-04T15:00:00Z'))).toEqual({ seconds: 0, weekday: 0 });
    expect(new Zone('UTC').local(at('1969-12-31T12:00:00Z'))).toEqual({ seconds: 43_200, weekday: 3 });
    expect(() => new Zone('Mars/Olympus').offset(0)).toThrow(RangeError);
  });
});

describe('the foreign exchange week', () => {
  it.each([
    ['2026-07-05T20:59:59Z', false],
    ['2026-07-05T21:00:00Z', true],
    ['2026-07-10T20:59:59Z', true],
    ['2026-07-10T21:00:00Z', false],
    ['2026-01-04T21:30:00Z', false],
    ['2026-01-04T22:00:00Z', true],
    ['2026-01-10T12:00:00Z', false],
  ])('at %s: open is %s', (time, open) => {
    expect(isOpen(at(time))).toBe(open);
  });

  it('is 120 hours, in weeks whose clocks change, too', () => {
    for (const monday of ['2026-03-09', '2026-03-30', '2026-07-06', '2026-10-26', '2026-11-02']) {
      const from = at(`${monday}T00:00:00Z`) - DAY;
      const open = Array.from({ length: 7 * 24 }, (_, h) => isOpen(from + h * HOUR)).filter(Boolean);
      expect(open).toHaveLength(120);
    }
  });
});

/** Tuesdays of a northern summer and winter, hour by hour in UTC, open-hours mean one: computed from the BIS shares. */
const summer = [
  0.59, 0.68, 0.68, 0.68, 0.68, 0.68, 1.26, 1.81, 1.77, 1.52, 1.26, 1.87, 1.87, 1.87, 1.87, 1.75, 0.87, 0.41,
  0.41, 0.41, 0.41, 0.11, 0.14, 0.34,
];
const winter = [
  0.59, 0.68, 0.68, 0.68, 0.68, 0.68, 0.65, 1.2, 1.77, 1.52, 1.26, 1.26, 1.87, 1.87, 1.87, 1.87, 1.75, 0.87,
  0.41, 0.41, 0.41, 0.45, 0.18, 0.34,
];
const hours = (day: string, name: (typeof presetNames)[number]) =>
  Array.from({ length: 24 }, (_, h) => preset(name).factor(at(`${day}T00:00:00Z`) + (h + 0.5) * HOUR));

describe('a profile', () => {
  it.each([
    ['2026-07-07', summer],
    ['2026-01-06', winter],
  ])('of the centres on %s is that of their shares to 0.03', (day, expected) => {
    expect(hours(day, 'fx-centre-share')).toEqual(expected.map((level) => expect.closeTo(level, 1)));
    hours(day, 'fx-centre-share').forEach((level, h) => {
      expect(Math.abs(level - (expected[h] as number))).toBeLessThan(0.03);
    });
  });

  it('peaks 2.62 times above its mean over the whole week', () => {
    const from = at('2026-07-05T00:00:00Z');
    const week = Array.from({ length: 168 }, (_, h) =>
      preset('fx-centre-share').factor(from + (h + 0.5) * HOUR),
    );
    const mean = week.reduce((sum, level) => sum + level, 0) / week.length;
    expect(Math.max(...week) / mean).toBeCloseTo(2.62, 1);
  });

  it('that is heavy on the overlap has more than half of the day in its four hours, 3.1 to 3.8 times the mean', () => {
    for (const [day, from] of [
      ['2026-07-07', 12],
      ['2026-01-06', 13],
    ] as const) {
      const levels = hours(day, 'fx-overlap-heavy');
      const overlap = levels.slice(from, from + 4);
      expect(Math.min(...overlap)).toBeGreaterThanOrEqual(3.1);
      expect(Math.max(...overlap)).toBeLessThanOrEqual(3.8);
      expect(overlap.reduce((sum, level) => sum + level, 0)).toBeGreaterThan(12);
      const morning = levels.slice(from - 5, from);
      for (const level of morning) expect(level).toBeGreaterThanOrEqual(1.3);
      for (const level of morning) expect(level).toBeLessThanOrEqual(1.9);
    }
  });

  const mean = (name: (typeof presetNames)[number], sunday: string) => {
    const from = at(`${sunday}T00:00:00Z`);
    const steps = Array.from({ length: 7 * 96 }, (_, i) => from + (i + 0.5) * 900).filter(isOpen);
    const levels = steps.map((t) => preset(name).factor(t));
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(0);
    return levels.reduce((sum, level) => sum + level, 0) / levels.length;
  };

  it.each(presetNames)('%s is never below zero, and its mean while the market is open is one', (name) => {
    for (const sunday of ['2026-01-04', '2026-07-05', '2026-11-08'])
      expect(Math.abs(mean(name, sunday) - 1)).toBeLessThan(0.01);
    // New York's clocks have changed and London's have not: the two overlap an hour longer.
    for (const sunday of ['2026-03-15', '2026-10-25'])
      expect(Math.abs(mean(name, sunday) - 1)).toBeLessThan(0.1);
  });
});

describe('an event', () => {
  const news = { name: 'news', at: 1000, multiplier: 5, rise: 10, decay: 40 };

  it.each([
    [999, 1],
    [1000, 1],
    [1005, 3],
    [1010, 5],
    [1030, 3],
    [1050, 1],
    [2000, 1],
  ])('at %d multiplies by %d', (t, factor) => {
    expect(eventFactor(news, t)).toBeCloseTo(factor, 12);
  });

  it('may rise at once', () => {
    expect(eventFactor({ ...news, rise: 0 }, 1000)).toBe(5);
    expect(eventFactor({ ...news, rise: 0, decay: 0 }, 1000)).toBe(1);
  });

  it('does not multiply another', () => {
    expect(eventsFactor([news, { ...news, multiplier: 3 }], 1010)).toBe(5);
    expect(eventsFactor([], 1010)).toBe(1);
  });
});

describe('a history', () => {
  const points = [10, 20, 30, 40].map((rate, i) => ({ t: 100 + 60 * i, rate }));

  it('holds each rate until the next, and is resampled without losing a request', () => {
    const history = historyOf(points);
    expect([history.from, history.to]).toEqual([100, 340]);
    expect([100, 159, 160, 340].map(history.rateAt)).toEqual([10, 10, 20, 40]);
    expect(history.mean(100, 340)).toBe(25);
    expect(history.mean(130, 190)).toBe(15);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 100, max: 340, noNaN: true }), { minLength: 1 }), (cuts) => {
        const all = [...new Set([100, ...cuts, 340])].sort((a, b) => a - b);
        const requests = all.slice(1).reduce((sum, end, i) => {
          const start = all[i] as number;
          return sum + history.mean(start, end) * (end - start);
        }, 0);
        expect(requests).toBeCloseTo(6000, 6);
      }),
      { seed: 1 },
    );
  });

  it.each([
    [[points[0]], 'at least two points'],
    [[points[0], points[0]], 'point 2: it has the time of the one before it'],
    [[points[1], points[0]], 'point 2: it comes before the one before it'],
    [[...points, { t: 2000, rate: 1 }], 'point 5: 1720 s are missing before it'],
    [[points[0], { t: 160, rate: -1 }], 'point 2: its rate -1 is not zero or more'],
    [[points[0], { t: Number.NaN, rate: 1 }], 'point 2: its time is not a number'],
  ])('refuses %j', (wrong, message) => {
    expect(() => historyOf(wrong as typeof points)).toThrow(message);
  });

  it('is not known outside what was recorded', () => {
    expect(() => historyOf(points).rateAt(99)).toThrow('outside the history');
    expect(() => historyOf(points).mean(200, 200)).toThrow('after its start');
  });
});

describe('traffic', () => {
  const news = { name: 'news', at: at('2026-07-07T12:30:00Z'), multiplier: 5, rise: 15, decay: 1800 };
  const fx: Traffic = {
    base: { profile: preset('fx-overlap-heavy'), mean: 1000 },
    events: [news],
    scale: 1.2,
  };

  it('is the mean in its shape, with events and growth', () => {
    expect(rateAt(fx, news.at - 60)).toBeCloseTo(1000 * 3.39 * 1.2, 6);
    expect(rateAt(fx, news.at + 15)).toBeCloseTo(1000 * 3.39 * 1.2 * 5, 6);
    expect(rateAt(fx, at('2026-07-11T12:00:00Z'))).toBe(0);
  });

  it('repeats a history in weeks, in days, or as a whole', () => {
    const hourly = (count: number): Traffic => ({
      base: { history: historyOf(Array.from({ length: count }, (_, h) => ({ t: h * HOUR, rate: h }))) },
      events: [],
      scale: 1,
    });
    expect(rateAt(hourly(200), 170 * HOUR)).toBe(2);
    expect(rateAt(hourly(30), 25 * HOUR)).toBe(1);
    expect(rateAt(hourly(5), 7 * HOUR)).toBe(2);
    expect(rateAt(hourly(5), -HOUR)).toBe(4);
  });

  it('of arrivals is a Poisson count of each step, or a burstier one, with the same mean', () => {
    const steps = 20_000;
    const rates = expectedRates(
      { base: { profile: preset('flat'), mean: 4 }, events: [], scale: 1 },
      0,
      15,
      steps,
    );
    const moments = (counts: Float64Array) => {
      const mean = counts.reduce((sum, count) => sum + count, 0) / steps;
      return [mean, counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / steps] as const;
    };
    const [mean, variance] = moments(drawArrivals(rates, 15, { deviation: 0, memory: 60 }, new Random(1)));
    expect(Math.abs(mean - 60)).toBeLessThan(4 * Math.sqrt(60 / steps));
    expect(Math.abs(variance - 60)).toBeLessThan(4 * Math.sqrt((2 * 60 ** 2) / steps));
    // Of a mixture: the mean, and the square of the deviation of the rate.
    const [same, wider] = moments(drawArrivals(rates, 15, { deviation: 0.3, memory: 60 }, new Random(1)));
    expect(Math.abs(same - 60)).toBeLessThan(1.5);
    expect(Math.abs(wider / (60 + (0.3 * 60) ** 2) - 1)).toBeLessThan(0.1);
    const again = drawArrivals(rates, 15, { deviation: 0.3, memory: 60 }, new Random(1));
    expect(again).toEqual(drawArrivals(rates, 15, { deviation: 0.3, memory: 60 }, new Random(1)));
    expect(() => drawArrivals(rates, 15, { deviation: -1, memory: 60 }, new Random(1))).toThrow(RangeError);
  });
});
