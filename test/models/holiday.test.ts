import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { busiestSecond } from '../../src/models/traffic/busiest-second.ts';
import { type Centre, centreNames, partOf } from '../../src/models/traffic/centre.ts';
import { holidayOf, holidaysFactor } from '../../src/models/traffic/holiday.ts';
import { preset } from '../../src/models/traffic/profile.ts';
import { rateAt, type Traffic } from '../../src/models/traffic/traffic.ts';
import { Zone } from '../../src/models/traffic/zone.ts';

const at = (text: string) => Date.parse(text) / 1000;
const day = (date: string) => at(`${date}T00:00:00Z`) / 86_400;

describe('a holiday', () => {
  it.each([
    ['2026-12-25', new Zone('UTC'), '2026-12-25T00:00:00Z', '2026-12-26T00:00:00Z'],
    ['2026-12-25', new Zone('Asia/Tokyo'), '2026-12-24T15:00:00Z', '2026-12-25T15:00:00Z'],
    ['2026-05-25', 'NewYork', '2026-05-25T04:00:00Z', '2026-05-26T04:00:00Z'],
    // On these days clocks change.
    ['2026-03-29', 'London', '2026-03-29T00:00:00Z', '2026-03-29T23:00:00Z'],
    ['2026-11-01', 'NewYork', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  ] as const)('on %s is a local day', (date, place, from, to) => {
    expect(holidayOf('x', day(date), place, 0)).toMatchObject({ from: at(from), to: at(to) });
  });

  it('multiplies the traffic of its day, and of no other', () => {
    const calm: Traffic = { base: { profile: preset('flat'), mean: 100 }, events: [], scale: 1 };
    const holidays = [holidayOf('x', day('2026-12-25'), new Zone('Europe/Paris'), 0.3)];
    const rates = [
      '2026-12-24T22:59:59Z',
      '2026-12-24T23:00:00Z',
      '2026-12-25T22:59:59Z',
      '2026-12-25T23:00:00Z',
    ];
    expect(rates.map((time) => rateAt({ ...calm, holidays }, at(time)))).toEqual([100, 30, 30, 100]);
  });

  it('of a centre takes its share of what is open at the time', () => {
    const london = [holidayOf('x', day('2026-07-08'), 'London', 0.6)];
    // At 10:30 UTC only London is open: 0.38 x 24 / 9 beside the 0.211 that are traded everywhere.
    const share = (0.38 * 24) / 9;
    const part = share / (share + 0.211);
    expect(partOf('London', at('2026-07-08T10:30:00Z'))).toBeCloseTo(part, 12);
    expect(holidaysFactor(london, at('2026-07-08T10:30:00Z'))).toBeCloseTo(1 - 0.4 * part, 12);
    expect(holidaysFactor(london, at('2026-07-08T20:30:00Z'))).toBe(1);
    expect(holidaysFactor(london, at('2026-07-09T10:30:00Z'))).toBe(1);
    expect(() => holidayOf('x', 0, 'London', 1.1)).toThrow(RangeError);
  });

  it('never leaves less than nothing, and leaves no more than a day with fewer of them', () => {
    const places = fc.constantFrom<(Centre | Zone)[]>(...centreNames, new Zone('UTC'));
    const given = fc.array(fc.tuple(places, fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 8 });
    const seconds = fc.integer({ min: 0, max: 86_399 });
    fc.assert(
      fc.property(given, seconds, (all, second) => {
        const holidays = all.map(([place, factor]) => holidayOf('x', 20_000, place, factor));
        const left = holidays.map((_, i) =>
          holidaysFactor(holidays.slice(0, i + 1), 20_000 * 86_400 + second),
        );
        for (const [i, factor] of left.entries()) {
          expect(factor).toBeGreaterThanOrEqual(0);
          expect(factor).toBeLessThanOrEqual(left[i - 1] ?? 1);
        }
      }),
      { seed: 1 },
    );
  });
});

describe('the busiest second', () => {
  /** By adding up the probabilities of the counts. */
  function bySum(rate: number, q: number, seconds: number): number {
    let term = Math.exp(-rate);
    let sum = term;
    let count = 0;
    while (sum ** seconds < q) {
      term *= rate / ++count;
      sum += term;
    }
    return count;
  }

  it.each([
    [0.1, 0.95, 1],
    [10, 0.95, 1],
    [100, 0.99, 60],
    [500, 0.95, 3600],
  ])('of a rate of %d is the quantile of a Poisson count (q = %d, %d seconds)', (rate, q, seconds) => {
    expect(busiestSecond(rate, q, seconds)).toBe(bySum(rate, q, seconds));
  });

  it('is 15 for ten a second at 95 %, as in the tables, and nothing without traffic', () => {
    expect(busiestSecond(10, 0.95, 1)).toBe(15);
    expect(busiestSecond(0, 0.95, 3600)).toBe(0);
    expect(() => busiestSecond(10, 1, 3600)).toThrow(RangeError);
  });

  it('never falls with more traffic, more seconds or more confidence', () => {
    const rates = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(rates, rates, fc.integer({ min: 1, max: 86_400 }), (a, b, seconds) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const least = busiestSecond(low, 0.95, seconds);
        expect(least).toBeGreaterThanOrEqual(Math.floor(low));
        expect(busiestSecond(high, 0.95, seconds)).toBeGreaterThanOrEqual(least);
        expect(busiestSecond(low, 0.95, seconds + 1)).toBeGreaterThanOrEqual(least);
        expect(busiestSecond(low, 0.99, seconds)).toBeGreaterThanOrEqual(least);
      }),
      { seed: 2, numRuns: 50 },
    );
  });
});
