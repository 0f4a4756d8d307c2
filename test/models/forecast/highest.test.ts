import { describe, expect, it } from 'vitest';
import { highest } from '../../../src/models/forecast/highest.ts';
import { trendOf } from '../../../src/models/forecast/trend.ts';
import { Random } from '../../../src/models/random.ts';

const Z95 = 1.959963984540054;
const predicted = (mean: number, deviation: number) => ({
  mean,
  low: mean - Z95 * deviation,
  high: mean + Z95 * deviation,
});

describe('the highest of several predictions', () => {
  it('is the prediction itself when there is one', () => {
    const { low, median, high } = highest([predicted(100, 10)], 0.95);
    expect([low, median, high]).toEqual([80.4, 100, 119.6].map((value) => expect.closeTo(value, 2)));
  });

  it('of ten alike has the median of the largest of ten normal numbers', () => {
    // The tenth root of 0.5 is at 1.4988 deviations, and that of 0.975 at 2.8034.
    const { low, median, high } = highest(new Array(10).fill(predicted(0, 1)), 0.95);
    expect([median, high]).toEqual([expect.closeTo(1.4988, 4), expect.closeTo(2.8034, 4)]);
    expect(low).toBeCloseTo(-Z95, 9);
  });

  it('is certain when they are', () => {
    expect(highest([predicted(3, 0), predicted(5, 0)], 0.95)).toMatchObject({ low: 5, high: 5 });
    expect(() => highest([], 0.95)).toThrow(RangeError);
    expect(() => highest([predicted(3, 1)], 1)).toThrow(RangeError);
  });

  it.each([0, 0.5, 1])(
    'holds the highest at least as often as it says, with a correlation of %d',
    (shared) => {
      const random = new Random(5);
      const hours = Array.from({ length: 24 }, (_, h) => predicted(100 + 20 * Math.sin(h / 4), 8));
      const { low, high } = highest(hours, 0.95);
      const runs = 4000;
      let within = 0;
      for (let run = 0; run < runs; run++) {
        const common = random.normal();
        const actual = hours.map(({ mean }) => {
          const error = Math.sqrt(shared) * common + Math.sqrt(1 - shared) * random.normal();
          return mean + 8 * error;
        });
        const most = Math.max(...actual);
        if (most >= low && most <= high) within++;
      }
      // Four deviations of a share of 0.95.
      expect(within / runs).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / runs));
    },
  );
});

describe('a trend', () => {
  it('is exact for totals that grow evenly', () => {
    const { rate, low, high } = trendOf([1, 1.1, 1.21, 1.331]) ?? { rate: 0, low: 0, high: 0 };
    expect([rate, low, high]).toEqual(new Array(3).fill(expect.closeTo(Math.log(1.1), 9)));
  });

  it('holds the true rate in 95 % of the samples', () => {
    const random = new Random(11);
    const runs = 1500;
    let within = 0;
    for (let run = 0; run < runs; run++) {
      const totals = Array.from(
        { length: 10 },
        (_, week) => 1000 * Math.exp(0.01 * week + 0.03 * random.normal()),
      );
      const trend = trendOf(totals);
      if (trend !== null && trend.low <= 0.01 && trend.high >= 0.01) within++;
    }
    expect(Math.abs(within / runs - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / runs));
  });

  it('is not told of weeks without traffic, nor of two', () => {
    expect(trendOf([1, 0, 2])).toBeNull();
    expect(() => trendOf([1, 2])).toThrow(RangeError);
  });
});
