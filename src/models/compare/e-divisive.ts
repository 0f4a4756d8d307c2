import { mean } from '../moments.ts';
import { Random } from '../random.ts';
import { bestCutAmong, stretches } from './energy.ts';

export type Change = {
  /** The first value of the new level. */
  readonly index: number;
  readonly p: number;
  /** Means of the stretches before and after, which end at the neighbouring changes. */
  readonly before: number;
  readonly after: number;
};

const LEVEL = 0.05;
const PERMUTATIONS = 199;

/**
 * Change points by hierarchical division, E-divisive (Matteson and James, 2014): the strongest cut is kept while it is
 * stronger than what shuffling the values between the cuts so far gives; p = (1 + stronger) / (1 + permutations), which
 * holds its level exactly (B. Phipson and G. Smyth, 2010). Throws a RangeError for a value that is not finite, or too
 * few permutations to reach `level` at all.
 */
export function eDivisive(
  values: readonly number[],
  options: { seed: number; level?: number; permutations?: number },
): Change[] {
  const { seed, level = LEVEL, permutations = PERMUTATIONS } = options;
  checkSeries(values);
  if (!(1 / (1 + permutations) <= level))
    throw new RangeError(`${permutations} permutations cannot show a change at the level ${level}`);
  const random = new Random(seed);
  const found = new Map<number, number>();
  for (;;) {
    const parts = stretches(values.length, ascending(found));
    const cut = bestCutAmong(values, parts);
    // Equal values have no change, and no order to shuffle.
    if (cut === undefined || !(cut.strength > 0)) break;
    let stronger = 0;
    for (let i = 0; i < permutations; i++) {
      const shuffled = bestCutAmong(shuffle(values, parts, random), parts);
      if (shuffled !== undefined && shuffled.strength >= cut.strength) stronger++;
    }
    const p = (1 + stronger) / (1 + permutations);
    if (p > level) break;
    found.set(cut.index, p);
  }
  const cuts = ascending(found);
  const parts = stretches(values.length, cuts).map(([start, end]) => values.slice(start, end));
  return cuts.map((index, i) => ({
    index,
    p: found.get(index) as number,
    before: mean(parts[i] as number[]),
    after: mean(parts[i + 1] as number[]),
  }));
}

export function checkSeries(values: readonly number[]): void {
  if (!values.every(Number.isFinite)) throw new RangeError('a series holds finite numbers only');
}

function ascending(found: ReadonlyMap<number, number>): number[] {
  return [...found.keys()].sort((a, b) => a - b);
}

/** Each stretch shuffled by itself, by the method of R. Fisher and F. Yates (R. Durstenfeld, 1964). */
function shuffle(
  values: readonly number[],
  parts: readonly [number, number][],
  random: Random,
): Float64Array {
  const shuffled = Float64Array.from(values);
  for (const [start, end] of parts) {
    for (let i = end - 1; i > start; i--) {
      const other = start + random.integer(i - start + 1);
      const value = shuffled[i] as number;
      shuffled[i] = shuffled[other] as number;
      shuffled[other] = value;
    }
  }
  return shuffled;
}
