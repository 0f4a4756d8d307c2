import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, judgeLadder, ladderRates, type Rung } from '../../src/models/load-ladder.ts';

const held: Rung = {
  offered: 1000,
  achieved: 1000,
  dropped: 0,
  failures: 0,
  scheduleLag: 0.002,
  cpu: 0.5,
  serverBusy: 0.3,
};

describe('the rates of a ladder', () => {
  it('rise in equal steps from a quarter of the ceiling to the whole of it', () => {
    expect(ladderRates(20_000, 6)).toEqual([5000, 8000, 11_000, 14_000, 17_000, 20_000]);
  });

  it('are whole, never fall and end at the ceiling', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.integer({ min: 2, max: 60 }),
        (ceiling, count) => {
          const rates = ladderRates(ceiling, count);
          expect(rates).toHaveLength(count);
          expect(rates.every((rate, i) => Number.isInteger(rate) && rate >= (rates[i - 1] ?? 1))).toBe(true);
          expect(Math.abs((rates.at(-1) ?? 0) - ceiling)).toBeLessThanOrEqual(0.5);
        },
      ),
      { seed: 1 },
    );
  });

  it.each([
    [0, 6],
    [Number.NaN, 6],
    [1000, 1],
    [1000, 2.5],
  ])('are refused for a ceiling of %d and %d rungs', (ceiling, count) => {
    expect(() => ladderRates(ceiling, count)).toThrow(RangeError);
  });
});

it.each<[string, Partial<Rung>, boolean]>([
  ['nothing amiss', {}, true],
  ['10 ms late', { scheduleLag: 0.01 }, true],
  ['11 ms late', { scheduleLag: 0.011 }, false],
  ['one dropped', { dropped: 1 }, false],
  ['one failed', { failures: 1 }, false],
  ['a thread that does nothing else', { cpu: 0.91 }, false],
])('judges a rung with %s', (_, change, holding) => {
  expect(holds({ ...held, ...change }, 1)).toBe(holding);
  // Two threads may use twice as much.
  expect(holds({ ...held, ...change, cpu: 2 * (change.cpu ?? held.cpu) }, 2)).toBe(holding);
});

describe('a ladder is judged', () => {
  const late = { ...held, offered: 2000, scheduleLag: 0.2 };

  it.each([
    ['generator', { ...late, cpu: 0.95 }],
    ['server', { ...late, cpu: 0.95, serverBusy: 0.99 }],
    ['others', { ...late, cpu: 0.3 }],
  ])('by the rung above the best: %s', (limit, above) => {
    expect(judgeLadder([held, above], 1)).toEqual({ best: held, limit });
  });

  it('by the highest rung that held, although a lower one was disturbed', () => {
    const highest = { ...held, offered: 3000, achieved: 3000 };
    expect(judgeLadder([held, late, highest], 1)).toEqual({ best: highest, limit: 'none' });
  });

  it('without a best one when none held', () => {
    expect(judgeLadder([{ ...late, cpu: 0.95 }], 1)).toEqual({ best: undefined, limit: 'generator' });
  });
});
