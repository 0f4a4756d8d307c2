import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/models/random.ts';
import { type History, historyOf } from '../../src/models/traffic/history.ts';
import { holidayOf } from '../../src/models/traffic/holiday.ts';
import { preset } from '../../src/models/traffic/profile.ts';
import { expectedRates, rateAt } from '../../src/models/traffic/traffic.ts';
import { Zone } from '../../src/models/traffic/zone.ts';
import { growthUntil } from '../../src/planners/traffic/growth.ts';
import { summarise } from '../../src/planners/traffic/summary.ts';
import { plannedTraffic, type TrafficOptions } from '../../src/planners/traffic/traffic.ts';
import { type Declared, highestOf, lowestOf, middleOf } from '../../src/planners/worlds.ts';

/** A Monday. */
const monday = Date.parse('2026-06-01T00:00:00Z') / 1000;
const HOUR = 3600;
const WEEK = 168 * HOUR;

type Shape = { days: number; step?: number; seed?: number; noise?: number; growth?: number; scale?: number };

/** Every day the same but for noise by the hour, and growth by the week. */
function history({ days, step = HOUR, seed = 1, noise = 0, growth = 0, scale = 1 }: Shape): History {
  const random = new Random(seed);
  let drift = 1;
  return historyOf(
    Array.from({ length: Math.round((days * 24 * HOUR) / step) }, (_, i) => {
      const t = monday + i * step;
      if ((i * step) % HOUR === 0) drift = 1 + noise * random.normal();
      const day = 1000 + 500 * Math.sin((t / HOUR / 12) * Math.PI);
      return { t, rate: scale * day * drift * Math.exp((growth * (t - monday)) / WEEK) };
    }),
  );
}

const plan = (record: History, options: Partial<TrafficOptions> = {}) =>
  plannedTraffic({ history: record }, { horizonMonths: 12, events: [], start: record.to, ...options });
const codes = (record: History, options: Partial<TrafficOptions> = {}) =>
  plan(record, options).findings.map(({ code }) => code);

describe('the traffic of a preset', () => {
  const shape = { profile: preset('fx-centre-share'), mean: 1 };
  const options = { horizonMonths: 12, events: [], start: monday };

  it('is its declared size, grown', () => {
    const planned = plannedTraffic(shape, { ...options, peak: 1000, growth: 0.2 });
    expect(planned).toMatchObject({
      basis: 'declared',
      forecast: null,
      findings: [],
      peak: expect.closeTo(1200, 6),
    });
    expect(planned.mean).toBeCloseTo(1200 / 2.62, -1);
    const rates = expectedRates(planned.traffic, monday, 60, 7 * 1440);
    expect(Math.max(...rates)).toBeCloseTo(1200, 6);
  });

  it('of a declared range is one, and needs a size', () => {
    const size = { low: 800, mid: 1000, high: 1500 };
    expect(plannedTraffic(shape, { ...options, peak: size }).peak).toEqual({
      low: expect.closeTo(800, 6),
      mid: 1000,
      high: expect.closeTo(1500, 6),
    });
    const twice = plannedTraffic(shape, { ...options, peak: size, growth: { low: 0, mid: 0.1, high: 0.3 } });
    expect(highestOf(twice.peak)).toBeGreaterThan(1500 * 1.1);
    expect(highestOf(twice.peak)).toBeLessThan(1500 * 1.3);
    expect(() => plannedTraffic(shape, options)).toThrow('give its --mean or its --peak');
  });

  it('has events where they are placed, or on the busiest moment, and holidays', () => {
    const news = { name: 'news', multiplier: 3, rise: 15, decay: 600 };
    const holidays = [holidayOf('x', monday / 86_400 + 1, new Zone('UTC'), 0)];
    const { traffic, findings } = plannedTraffic(shape, { ...options, mean: 100, events: [news], holidays });
    expect(findings).toMatchObject([{ code: 'EVENT_AT_BUSIEST', args: { event: 'news' } }]);
    const [{ at } = { at: 0 }] = traffic.events;
    expect(rateAt(traffic, at + 15)).toBeCloseTo(3 * 100 * 2.62, -1);
    expect(rateAt(traffic, monday + 36 * HOUR)).toBe(0);
    const placed = plannedTraffic(shape, { ...options, mean: 100, events: [{ ...news, at: monday }] });
    expect([placed.traffic.events[0]?.at, placed.findings]).toEqual([monday, []]);
  });
});

describe('the traffic of a record', () => {
  it('is forecast with the season that it covers, and says what that leaves open', () => {
    expect(codes(history({ days: 1.5 }))).toEqual(['HISTORY_WITHOUT_DAYS', 'GROWTH_UNKNOWN']);
    expect(codes(history({ days: 4, step: 1200 }))).toEqual(['HISTORY_WITHOUT_WEEKS', 'GROWTH_UNKNOWN']);
    const weeks = plan(history({ days: 14 }), { growth: 0 });
    expect(weeks.findings.map(({ code }) => code)).toEqual([
      'FORECAST_NOT_TESTED',
      'PEAK_WITHIN_HOUR_UNKNOWN',
    ]);
    expect(weeks.forecast?.season).toBe(168);
    expect(plan(history({ days: 4 })).forecast?.season).toBe(24);
    expect(() => plan(history({ days: 20, step: 6 * HOUR }))).toThrow('every hour');
    expect(() => plan(history({ days: 4, scale: 0 }))).toThrow('zero in all of the record');
  });

  it('that repeats exactly has exactly that peak, with what is higher within its hours', () => {
    const calm = plan(history({ days: 4 }), { growth: 0.5 });
    expect(middleOf(calm.peak)).toBeCloseTo(1500 * 1.5, 6);
    expect(calm.mean).toBeCloseTo(1000 * 1.5, 6);
    expect(calm.basis).toBe('measured');
    const points = Array.from({ length: 4 * 24 * 60 }, (_, i) => ({
      t: monday + 60 * i,
      rate: i % 10 === 0 ? 19 : 9,
    }));
    const burst = plan(historyOf(points), { growth: 0 });
    expect(burst.withinHour).toEqual({ ratio: expect.closeTo(1.9, 9), quantile: 0.95, step: 60 });
    expect(middleOf(burst.peak)).toBeCloseTo(19, 6);
  });

  it('of less than two weeks is not planned to be as quiet as its last day', () => {
    const rates = [100, 300, 200, 0, 0];
    const points = Array.from({ length: 5 * 48 }, (_, i) => ({
      t: monday + 1800 * i,
      rate: rates[Math.floor(i / 48)] as number,
    }));
    const { peak, mean, traffic } = plan(historyOf(points), { growth: 0 });
    expect([middleOf(peak), mean]).toEqual([300, 120]);
    const rate = (day: number) => rateAt(traffic, monday + (5 + day) * 24 * HOUR);
    expect(rates.map((_, day) => rate(day) / rate(0))).toEqual(rates.map((each) => each / 100));
  });

  it('tells of a peak that no forecast has, and takes a size as it is stated', () => {
    const points = Array.from({ length: 4 * 24 * 6 }, (_, i) => ({
      t: monday + 600 * i,
      rate: i === 300 ? 9000 : 1000,
    }));
    const record = historyOf(points);
    const { findings } = plan(record, { growth: 0 });
    expect(findings.find(({ code }) => code === 'RECORDED_PEAK_ABOVE_FORECAST')?.args).toMatchObject({
      rate: 9000,
      at: monday + 180_000,
    });
    const stated = plan(record, { peak: 500 });
    expect(stated).toMatchObject({ basis: 'declared', forecast: null, peak: 500, findings: [] });
  });

  it('is as many times larger as the record', () => {
    const [one, four] = [1, 4].map((scale) => plan(history({ days: 4, step: 1200, noise: 0.1, scale })));
    for (const of of [lowestOf, middleOf, highestOf])
      expect(of(four?.peak ?? 0) / of(one?.peak ?? 0)).toBeCloseTo(4, 6);
    expect((four?.mean ?? 0) / (one?.mean ?? 0)).toBeCloseTo(4, 6);
  });

  it('is the same for the same record', () => {
    const [first, second] = [0, 1].map(() => plan(history({ days: 4, noise: 0.1 })));
    expect(JSON.stringify(first)).toBe(JSON.stringify(second));
  });

  it('forecasts intervals that hold what comes, nearly as often as they say', () => {
    let [hours, within, peaks] = [0, 0, 0];
    const seeds = 12;
    for (let seed = 1; seed <= seeds; seed++) {
      const record = history({ days: 6, noise: 0.1, seed });
      const known = { ...record, to: record.from + 5 * 24 * HOUR };
      const { forecast } = plan(known, { growth: 0 });
      const coming = (forecast?.hours ?? []).map((hour) => ({ ...hour, actual: record.rateAt(hour.t) }));
      hours += coming.length;
      within += coming.filter(({ actual, low, high }) => actual >= low && actual <= high).length;
      const most = Math.max(...coming.map(({ actual }) => actual));
      if (forecast && most >= forecast.highest.low && most <= forecast.highest.high) peaks++;
    }
    expect(hours).toBe(24 * seeds);
    expect(within / hours).toBeGreaterThan(0.9);
    expect(peaks).toBeGreaterThanOrEqual(seeds - 2);
  });
});

describe('growth', () => {
  const growing = history({ days: 70, growth: 0.01, noise: 0.02 });

  it('is that of the weeks, as far ahead as the record reaches back, and then none', () => {
    const { growth, findings } = growthUntil(undefined, growing, 24);
    expect(findings).toMatchObject([
      {
        code: 'GROWTH_FROM_TREND',
        args: { weeks: 10, carried: 10, ahead: expect.closeTo(104.4, 1) },
      },
    ]);
    // Ten weeks of 1 % within two years.
    expect((1 + middleOf(growth.perYear)) ** 2).toBeCloseTo(Math.exp(0.1), 1);
    expect(lowestOf(growth.perYear)).toBeGreaterThanOrEqual(0);
    const soon = growthUntil(undefined, growing, 1).growth;
    expect((1 + middleOf(soon.perYear)) ** (1 / 12)).toBeCloseTo(Math.exp(0.01 * 4.348), 2);
  });

  it('that is declared wins, and that is said', () => {
    const { growth, findings } = growthUntil(0.1, growing, 12);
    expect(growth).toEqual({ perYear: 0.1, from: 'declared' });
    expect(findings).toMatchObject([{ code: 'DECLARED_GROWTH_WINS', args: { declared: 0.1 } }]);
    expect(growthUntil(0.1, null, 12).findings).toEqual([]);
  });

  it('is not the fall of a record, nor known from a few weeks', () => {
    const falling = growthUntil(undefined, history({ days: 56, growth: -0.02, noise: 0.02 }), 12);
    expect(falling.growth).toEqual({ perYear: { low: 0, mid: 0, high: 0 }, from: 'trend' });
    expect(falling.findings).toMatchObject([{ code: 'NO_RISING_TREND' }]);
    const short = growthUntil(undefined, history({ days: 55 }), 12);
    expect(short.growth).toEqual({ perYear: 0, from: 'none' });
    expect(short.findings).toMatchObject([{ code: 'GROWTH_UNKNOWN', args: { weeks: 7, needed: 8 } }]);
  });

  it('never lowers the peak when there is more of it, or a longer horizon', () => {
    const rate = fc.double({ min: 0, max: 2, noNaN: true });
    const record = history({ days: 1 });
    const ends = (figure: Declared) => [lowestOf(figure), middleOf(figure), highestOf(figure)];
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 1, max: 36 }), (a, b, months) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((growth) =>
          plan(record, { growth, horizonMonths: months }),
        );
        const later = plan(record, { growth: Math.max(a, b), horizonMonths: months + 1 });
        ends(more?.peak ?? 0).forEach((end, i) => {
          expect(end).toBeGreaterThanOrEqual(ends(less?.peak ?? 0)[i] as number);
          expect(ends(later.peak)[i]).toBeGreaterThanOrEqual(end);
        });
      }),
      { seed: 1, numRuns: 15 },
    );
  });
});

describe('a summary', () => {
  it('tells the shape of the week in UTC and local time', () => {
    const traffic = { base: { profile: preset('fx-centre-share'), mean: 100 }, events: [], scale: 1 };
    const told = summarise(traffic, { start: monday, days: 7, zone: new Zone('Asia/Kolkata') });
    expect(told.peakToMean).toBeCloseTo(2.62, 2);
    expect(told.peak.rate / told.mean).toBe(told.peakToMean);
    expect(told.week[6]?.every((rate) => rate === 0)).toBe(true);
    expect(told.week[2]?.[12]).toBeCloseTo(187, -1);
    expect(told.busiestHour.utc).toBeGreaterThanOrEqual(11);
    expect(told.zone.clock[0]).toEqual({ hour: 5, minute: 30 });
    const open = Object.fromEntries(told.sessions.map(({ centre, hours }) => [centre, hours]));
    expect(open.London).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(open.Tokyo).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 23]);
    expect([told.hours.length, told.withEvents]).toEqual([168, null]);
    const half = summarise(traffic, { start: monday, days: 0.5, zone: new Zone('UTC') });
    expect(half.week[1]?.slice(11, 13)).toEqual([expect.any(Number), null]);
  });
});
