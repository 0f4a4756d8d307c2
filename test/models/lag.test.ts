import { describe, expect, it } from 'vitest';
import { counterLag, LAGS, type LagWindow } from '../../src/models/lag.ts';
import { Random } from '../../src/models/random.ts';
import { type Point, seriesOf } from '../../src/models/series.ts';

type Shape = { seconds?: number; rate?: (t: number) => number; noise?: number; outliers?: number };

const wave = (t: number) => 40 + 30 * Math.sin(t / 3);

/** Counts told once a second, and a counter of 4 ms for each that trails them by `lag` and is read once a second. */
function measure(
  seed: number,
  lag: number,
  { seconds = 60, rate = wave, noise = 0, outliers = 0 }: Shape = {},
) {
  const random = new Random(seed);
  const ends: number[] = [];
  for (let t = 0; t < seconds; t += -Math.log(1 - random.uniform()) / rate(t)) ends.push(t);
  const doneBy = (t: number) => ends.filter((end) => end <= t).length;
  const counts: Point[] = Array.from({ length: seconds + 1 }, (_, t) => ({ t, value: doneBy(t) }));
  const struck = new Set(Array.from({ length: outliers }, () => random.integer(seconds)));
  const windows = Array.from({ length: seconds - 1 }, (_, i): LagWindow => {
    const [from, to] = [i + 0.02, i + 1.02];
    const requests = doneBy(to - lag) - doneBy(from - lag);
    const extra = noise * random.normal() + (struck.has(i) ? 0.4 : 0);
    return { from, to, idle: 1, used: 0.05 + 0.004 * requests + extra };
  });
  return { windows, counts: [seriesOf(counts, 'counter')] };
}

const found = (seed: number, lag: number, shape?: Shape) => {
  const { windows, counts } = measure(seed, lag, shape);
  return counterLag(windows, counts);
};

describe('counterLag', () => {
  it.each([-0.4, 0.3, 0.62, 1, 1.5, 2.1])('finds a shift of %d s', (lag) => {
    for (const seed of [1, 2, 3]) expect(Math.abs(found(seed, lag) - lag)).toBeLessThan(0.15);
  });

  it.each([0.5, 1.2])('finds a shift of %d s under noise and outliers', (lag) => {
    for (const seed of [1, 2, 3]) {
      const shape = { noise: 0.015, outliers: 4 };
      expect(Math.abs(found(seed, lag, shape) - lag)).toBeLessThan(0.25);
    }
  });

  it('finds none where there is none, noisy or not', () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(found(seed, 0)).toBe(0);
      expect(found(seed, 0, { noise: 0.02, outliers: 2 })).toBe(0);
    }
  });

  it('takes noise alone for no shift', () => {
    const { windows, counts } = measure(1, 0);
    const random = new Random(7);
    const unrelated = windows.map((window) => ({ ...window, used: 0.2 + 0.02 * random.normal() }));
    expect(counterLag(unrelated, counts)).toBe(0);
  });

  it('takes what still improves at the end of the grid for no shift', () => {
    expect(found(1, LAGS.most + 1)).toBe(0);
  });

  it('answers none for too few windows', () => {
    const { windows, counts } = measure(1, 1);
    expect(counterLag(windows.slice(0, 12), counts)).toBe(0);
  });

  it('is not misled by a class that moves with another', () => {
    const { windows, counts } = measure(1, 1);
    const twice = counts.map(({ points }) =>
      seriesOf(
        points.map(({ t, value }) => ({ t, value: 2 * value })),
        'counter',
      ),
    );
    expect(counterLag(windows, [...counts, ...twice])).toBeCloseTo(counterLag(windows, counts), 6);
  });

  it('refuses to be asked without counts', () => {
    expect(() => counterLag(measure(1, 0).windows, [])).toThrow(RangeError);
  });
});
