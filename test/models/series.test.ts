import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../src/models/series.ts';

const each = (values: number[], start = 0) => values.map((value, i) => ({ t: start + i, value }));

describe('seriesOf', () => {
  it('tells increases at and between readings', () => {
    const series = seriesOf(each([10, 14, 20, 20]), 'counter');
    expect(series.increase(0, 3)).toBe(10);
    expect(series.increase(0.5, 1.5)).toBe(5);
    expect(series.increase(1, 1)).toBe(0);
    expect(series.gaps.count).toBe(0);
    expect(series.resets).toBe(0);
  });

  it('knows nothing outside its readings', () => {
    const series = seriesOf(each([1, 2, 3], 5), 'counter');
    expect(series.increase(4.9, 6)).toBeUndefined();
    expect(series.increase(5, 7.1)).toBeUndefined();
    expect(seriesOf([], 'counter').increase(0, 1)).toBeUndefined();
  });

  it('knows nothing across a reset, and counts it', () => {
    const series = seriesOf(each([10, 20, 3, 9]), 'counter');
    expect(series.resets).toBe(1);
    expect(series.increase(0, 1)).toBe(10);
    expect(series.increase(1, 2)).toBeUndefined();
    expect(series.increase(0.5, 2.5)).toBeUndefined();
    expect(series.increase(2, 3)).toBe(6);
  });

  it('lets a gauge fall', () => {
    const series = seriesOf(each([10, 20, 3]), 'gauge');
    expect(series.resets).toBe(0);
    expect(series.increase(0, 2)).toBe(-7);
  });

  it('knows nothing across a gap, but a single missed reading is none', () => {
    const readings = each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const missed = seriesOf(
      readings.filter(({ t }) => t !== 5),
      'counter',
    );
    expect(missed.gaps.count).toBe(0);
    expect(missed.increase(4, 6)).toBe(2);
    const gap = seriesOf(
      readings.filter(({ t }) => t < 5 || t > 7),
      'counter',
    );
    expect(gap.gaps).toEqual({ count: 1, seconds: 4 });
    expect(gap.increase(3, 4)).toBe(1);
    expect(gap.increase(4, 8)).toBeUndefined();
    expect(gap.increase(8, 10)).toBe(2);
  });

  it('sorts its readings and keeps one of those at the same time', () => {
    const series = seriesOf(
      [
        { t: 2, value: 4 },
        { t: 0, value: 0 },
        { t: 1, value: 1 },
        { t: 1, value: 1 },
      ],
      'counter',
    );
    expect(series.points.map(({ t }) => t)).toEqual([0, 1, 2]);
    expect(series.increase(0, 2)).toBe(4);
  });

  it('refuses what is not a number', () => {
    expect(() => seriesOf([{ t: 0, value: Number.NaN }], 'gauge')).toThrow(RangeError);
  });
});
