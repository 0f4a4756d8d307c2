import { FxscaleError } from '../../errors.ts';
import { countQuantile } from '../../models/quantile.ts';
import { ceilCount } from '../declared.ts';
import type { Availability } from '../types.ts';
import { type Draws, enoughAt } from '../worlds.ts';
import type { ReplicaStep } from './plan.ts';

/** What a request costs and what is used without any, in every world. */
export type CostDraws = { perRequest: Draws; background: Draws };

/**
 * Replicas that carry `rate` requests per second with no more than `room` cores of each in use, in every world, by the
 * utilisation law: `rate D + n D_0 <= n room`. Infinite where idling alone takes more than that.
 */
export function replicasForCpu(rate: Draws, { perRequest, background }: CostDraws, room: Draws): Draws {
  return rate.map((each, world) => {
    const left = (room[world] as number) - (background[world] as number);
    return left <= 0
      ? Number.POSITIVE_INFINITY
      : Math.max(1, ceilCount((each * (perRequest[world] as number)) / left));
  });
}

/** The count that is enough at a confidence of 0 to 1. Throws REFUSED when no count is. */
export function countAt(counts: Draws, confidence: number, cpu: number): number {
  const count = enoughAt(counts, confidence);
  if (Number.isFinite(count)) return count;
  throw new FxscaleError(
    'REFUSED',
    `a replica of ${cpu} cores has no CPU left for requests: the service takes that much when idle; ` +
      'give --replica-cpu more, or an SLO with more room',
  );
}

/** p5, p50 and p95; what is infinite in a few worlds counts as the largest count that is not. */
export function spreadOfCounts(counts: Draws): { p5: number; p50: number; p95: number } {
  const finite = counts.filter(Number.isFinite);
  if (finite.length === 0) throw new RangeError('no count is finite');
  return {
    p5: countQuantile(finite, 0.05),
    p50: countQuantile(finite, 0.5),
    p95: countQuantile(finite, 0.95),
  };
}

/** Confidences at which a plan is told, beside its own. */
const CONFIDENCES = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999];

/** What less or more confidence would take; without those at which no count is enough. */
export function stepsOf(recommended: Draws, confidence: number): ReplicaStep[] {
  return [...new Set([...CONFIDENCES, confidence])]
    .sort((a, b) => a - b)
    .map((each) => ({ confidence: each, replicas: enoughAt(recommended, each) }))
    .filter(({ replicas }) => Number.isFinite(replicas));
}

/** How many replicas of `count` may be lost at once: one, or all of the fullest of evenly filled zones. */
export function lossOf(count: number, availability: Availability, zones: number): number {
  return availability === 'replica' ? 1 : Math.ceil(count / zones);
}

/**
 * The smallest count of which `required` are left after the loss that `availability` names. What survives the loss of a
 * region survives that of a zone.
 */
export function withSpare(required: number, availability: Availability, zones: number): number {
  if (availability === 'replica') return required + 1;
  // n - ceil(n / z) >= r first holds at n = r + ceil(r / (z - 1)).
  return required + Math.ceil(required / (zones - 1));
}
