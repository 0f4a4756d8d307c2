import type { Finding } from '../findings.ts';
import { type Declared, type Draws, enoughAt, spreadOf, type Worlds } from '../worlds.ts';

/** Something needed: over the worlds, and what is enough at the stated confidence. */
export type Needed = { p5: number; p50: number; p95: number; enough: number };

export function neededIn(draws: Draws, confidence: number): Needed {
  return { ...spreadOf(draws), enough: enoughAt(draws, confidence) };
}

/** Events per second in every world: what `rate` requests per second make, and what happens without any. */
export function useIn(cost: { perRequest: Draws; background: Draws }, rate: Draws): Draws {
  return rate.map((each, world) => each * at(cost.perRequest, world) + at(cost.background, world));
}

export function at(draws: Draws, world: number): number {
  return draws[world] as number;
}

/** A figure that nobody stated, as what it was taken for: by its flag, in base units. */
export type Assumed = { flag: string; value: number; unit: 'time' | 'bytes' | 'throughput' | 'count' };

/** Stated figures, or what is taken for them; remembers which were assumed. */
export class Assumptions {
  readonly #made: Assumed[] = [];
  readonly #worlds: Worlds;

  constructor(worlds: Worlds) {
    this.#worlds = worlds;
  }

  /** In every world. */
  draws(flag: string, stated: Declared | undefined, assumed: number, unit: Assumed['unit']): Draws {
    if (stated !== undefined) return this.#worlds.declared(flag, stated);
    return this.#worlds.certain(this.value(flag, undefined, assumed, unit));
  }

  value(flag: string, stated: number | undefined, assumed: number, unit: Assumed['unit']): number {
    if (stated !== undefined) return stated;
    if (!this.#made.some((each) => each.flag === flag)) this.#made.push({ flag, value: assumed, unit });
    return assumed;
  }

  findings(tier: string): Finding[] {
    if (this.#made.length === 0) return [];
    return [{ code: 'ASSUMED_FIGURES', severity: 'info', args: { tier, figures: [...this.#made] } }];
  }
}
