import { Random } from '../../models/random.ts';
import type { StartsPlan } from './plan.ts';

/**
 * Arrivals at random with the rate of `plan`: a Poisson process, as independent users make one. `dueAt` gives the
 * second at which so many iterations, also fractions of one, are due in the plan. Times between arrivals are
 * exponential in that measure (time rescaling: D. Brown, "An invariance property of Poisson processes", 1969), so
 * the process follows a rate that changes. The same seed gives the same times on every machine.
 */
export function poissonStarts(plan: StartsPlan, dueAt: (iterations: number) => number, seed = 1): StartsPlan {
  let random = new Random(seed);
  let drawn = 0;
  let area = 0;
  /** Arrivals are asked for in order, so they are drawn as they are needed and none is kept. */
  const startOf = (index: number): number => {
    if (index < drawn - 1) {
      random = new Random(seed);
      drawn = 0;
      area = 0;
    }
    for (; drawn <= index; drawn++) area -= Math.log(1 - random.uniform());
    const start = dueAt(area);
    return start < plan.end ? start : Number.POSITIVE_INFINITY;
  };
  // How many there will be is not known before they are drawn; the driver ends with the duration.
  return { ...plan, count: Number.POSITIVE_INFINITY, startOf };
}
