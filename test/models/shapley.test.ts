import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_PLAYERS, shapley } from '../../src/models/shapley.ts';

describe('the Shapley value', () => {
  it('divides the glove game as the literature does: 1/6, 1/6, 2/3', () => {
    // Two have a left glove and the third a right one; only a pair is worth anything.
    const worth = ([first, second, third]: readonly boolean[]) => (third && (first || second) ? 1 : 0);
    const [first, second, third] = shapley(3, worth);
    expect(first).toBeCloseTo(1 / 6, 12);
    expect(second).toBeCloseTo(1 / 6, 12);
    expect(third).toBeCloseTo(2 / 3, 12);
  });

  it('shares the runway of the airport game: each part among those who need it', () => {
    // S. C. Littlechild, G. Owen, 1973: lengths 8, 11, 13 and 18 give 2, 3, 4 and 9.
    const lengths = [8, 11, 13, 18];
    const shares = shapley(4, (there) => Math.max(0, ...lengths.filter((_, i) => there[i])));
    expect(shares.map((share) => Number(share.toFixed(9)))).toEqual([2, 3, 4, 9]);
  });

  it('adds up to the whole, and gives nothing for nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 6 }),
        (effects) => {
          const worth = (there: readonly boolean[]) =>
            Math.exp(effects.reduce((sum, effect, i) => sum + (there[i] ? effect / 10 : 0), 0));
          const shares = shapley(effects.length + 1, worth);
          const total = shares.reduce((sum, share) => sum + share, 0);
          expect(total).toBeCloseTo(worth(effects.map(() => true)) - worth([]), 9);
          expect(shares.at(-1)).toBeCloseTo(0, 12);
        },
      ),
      { seed: 5, numRuns: 50 },
    );
  });

  it('refuses more players than can be tried', () => {
    expect(() => shapley(MOST_PLAYERS + 1, () => 0)).toThrow(RangeError);
    expect(shapley(0, () => 1)).toEqual([]);
  });
});
