import { describe, expect, it } from 'vitest';
import { Random } from '../../src/models/random.ts';

describe('Random', () => {
  it('gives the reference numbers of xoshiro128** 1.1', () => {
    // The reference implementation started from {1, 2, 3, 4}; rand_xoshiro tests the same ten.
    const random = new Random([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, () => random.word())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('repeats itself for a seed and differs between seeds', () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 5 }, () => random.uniform());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7)).not.toEqual(draw(7 + 2 ** 32));
    expect(draw(-1)).not.toEqual(draw(1));
  });

  it('draws uniform, whole and normal numbers of the right moments', () => {
    const random = new Random(1);
    const n = 100_000;
    let uniform = 0;
    let normal = 0;
    let squares = 0;
    const faces = new Array<number>(6).fill(0);
    for (let i = 0; i < n; i++) {
      const u = random.uniform();
      if (!(u >= 0 && u < 1)) throw new Error(`${u} is not in [0, 1)`);
      uniform += u / n;
      const z = random.normal();
      normal += z / n;
      squares += z ** 2 / n;
      const face = random.integer(6);
      faces[face] = (faces[face] ?? 0) + 1;
    }
    // Four standard errors.
    expect(Math.abs(uniform - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(normal)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(squares - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    for (const count of faces) expect(Math.abs(count - n / 6)).toBeLessThan(4 * Math.sqrt(n * (5 / 36)));
  });

  it.each([0, 0.3, 7, 49.9, 50.1, 4000])('draws counts of mean and variance %d', (mean) => {
    const random = new Random(2);
    const n = 20_000;
    const counts = Array.from({ length: n }, () => random.poisson(mean));
    expect(counts.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
    const average = counts.reduce((sum, count) => sum + count, 0) / n;
    const variance = counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / (n - 1);
    // Four standard errors; those of a variance with the fourth moment of the law.
    expect(Math.abs(average - mean)).toBeLessThanOrEqual(4 * Math.sqrt(mean / n));
    expect(Math.abs(variance - mean)).toBeLessThanOrEqual(4 * Math.sqrt((mean + 2 * mean ** 2) / n));
    const none = counts.filter((count) => count === 0).length / n;
    expect(Math.abs(none - Math.exp(-mean))).toBeLessThanOrEqual(4 * Math.sqrt(Math.exp(-mean) / n));
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses the seed %d', (seed) => {
    expect(() => new Random(seed)).toThrow(RangeError);
  });

  it('refuses a state of zeros and an empty range', () => {
    expect(() => new Random([0, 0, 0, 0])).toThrow(RangeError);
    expect(() => new Random(1).integer(0)).toThrow(RangeError);
    expect(() => new Random(1).integer(1.5)).toThrow(RangeError);
    expect(() => new Random(1).poisson(-1)).toThrow(RangeError);
  });
});
