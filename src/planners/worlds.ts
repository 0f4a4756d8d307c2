import { countQuantile, sortedQuantile } from '../models/quantile.ts';
import { stratified, triangularQuantile } from '../models/sampling.ts';
import type { CostModel } from './cost.ts';

/** A declared figure of which only this is known: it is not below `low` nor above `high`, and most likely near `mid`. */
export type Range = { low: number; mid: number; high: number };

/** A declared figure: certain, or a range. */
export type Declared = number | Range;

/** One value for every world. */
export type Draws = Float64Array;

/** Worlds that a plan is made for when the caller does not say how many. */
export const WORLDS = 10_000;

/**
 * Worlds that differ in what is not known for certain: what a request costs, how the load grows, what was only declared.
 * A factor's draws depend on its name and the seed alone. Two plans that differ in one figure therefore compare the same
 * worlds, and more load needs more in every one of them and not only on average.
 */
export class Worlds {
  readonly count: number;
  readonly seed: number;
  readonly #uniform = new Map<string, Draws>();

  /** Throws a RangeError for a count below 1. */
  constructor(count: number, seed: number) {
    this.count = count;
    this.seed = seed;
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`${count} is not a count of worlds`);
  }

  /** Numbers in (0, 1), spread evenly over the worlds. Not to be written to. */
  uniform(name: string): Draws {
    const known = this.#uniform.get(name);
    if (known !== undefined) return known;
    const drawn = stratified(name, this.seed, this.count);
    this.#uniform.set(name, drawn);
    return drawn;
  }

  /** The declared figure of `name`: the same everywhere, or drawn from the triangular distribution over its range. */
  declared(name: string, figure: Declared): Draws {
    if (typeof figure === 'number') return this.certain(figure);
    const { low, mid, high } = figure;
    return this.uniform(name).map((q) => triangularQuantile(q, low, mid, high));
  }

  certain(value: number): Draws {
    return new Float64Array(this.count).fill(value);
  }

  map(value: (world: number) => number): Draws {
    const draws = new Float64Array(this.count);
    for (let world = 0; world < this.count; world++) draws[world] = value(world);
    return draws;
  }

  /** What a request costs, and what is used without any: in each world one of the bootstrap replicates of the fit. */
  cost(
    name: string,
    { replicates, perRequest, background }: CostModel,
  ): { perRequest: Draws; background: Draws } {
    if (replicates.length === 0) {
      return { perRequest: this.certain(perRequest), background: this.certain(background) };
    }
    const which = this.uniform(name).map((q) => Math.floor(q * replicates.length));
    const drawn = (of: 'perRequest' | 'background') =>
      which.map((k) => (replicates[k] as CostModel['replicates'][number])[of]);
    return { perRequest: drawn('perRequest'), background: drawn('background') };
  }
}

/** The figure that a declared one is taken for where only one number is shown. */
export function middleOf(figure: Declared): number {
  return typeof figure === 'number' ? figure : figure.mid;
}

/** The lowest and the highest that a declared figure may be. */
export function lowestOf(figure: Declared): number {
  return typeof figure === 'number' ? figure : figure.low;
}

export function highestOf(figure: Declared): number {
  return typeof figure === 'number' ? figure : figure.high;
}

/** Of something needed in every world. */
export function spreadOf(draws: Draws): { p5: number; p50: number; p95: number } {
  const sorted = draws.toSorted();
  return {
    p5: sortedQuantile(sorted, 0.05),
    p50: sortedQuantile(sorted, 0.5),
    p95: sortedQuantile(sorted, 0.95),
  };
}

/** The least of `draws` that at least the share `confidence` of the worlds does not exceed. */
export function enoughAt(draws: Draws, confidence: number): number {
  return countQuantile(draws, confidence);
}
