import { FxscaleError } from '../errors.ts';
import { countQuantile } from '../models/quantile.ts';
import type { Cost, CostModel } from './cost.ts';
import { ceilCount } from './declared.ts';
import type { Availability } from './types.ts';

/** Replicas needed: by the estimate, and by every replicate of it. */
export type Counts = { estimate: number; replicates: number[] };

/**
 * Replicas of `cpu` cores that carry `rate` requests per second with no more than the share `target` of their CPU in
 * use, by the utilisation law: `rate D + n D_0 <= n cpu target`. Infinite where idling alone takes more than that.
 */
export function replicasForCpu(model: CostModel, rate: number, cpu: number, target: number): Counts {
  const count = ({ perRequest, background }: Cost) => {
    const room = cpu * target - background;
    return room <= 0 ? Number.POSITIVE_INFINITY : Math.max(1, ceilCount((rate * perRequest) / room));
  };
  return { estimate: count(model), replicates: model.replicates.map(count) };
}

/** The count that is enough at a confidence of 0 to 1. Throws REFUSED when no count is. */
export function countAt({ estimate, replicates }: Counts, confidence: number, cpu: number): number {
  const count = replicates.length === 0 ? estimate : countQuantile(replicates, confidence);
  if (Number.isFinite(count) && Number.isFinite(estimate)) return count;
  throw new FxscaleError(
    'REFUSED',
    `a replica of ${cpu} cores has no CPU left for requests: the service takes that much when idle; ` +
      'give --replica-cpu more, or an SLO with more room',
  );
}

/** p5, p50 and p95; what is infinite in a few replicates counts as the largest count that is not. */
export function spreadOfCounts({ estimate, replicates }: Counts): { p5: number; p50: number; p95: number } {
  const finite = replicates.filter(Number.isFinite);
  if (finite.length === 0) return { p5: estimate, p50: estimate, p95: estimate };
  return {
    p5: countQuantile(finite, 0.05),
    p50: countQuantile(finite, 0.5),
    p95: countQuantile(finite, 0.95),
  };
}

/** How many replicas of `count` may be lost at once: one, or all of the fullest of evenly filled zones. */
export function lossOf(count: number, availability: Availability, zones: number): number {
  return availability === 'replica' ? 1 : Math.ceil(count / zones);
}

/** The smallest count of which `required` are left after the loss that `availability` names. */
export function withSpare(required: number, availability: Availability, zones: number): number {
  if (availability === 'replica') return required + 1;
  // n - ceil(n / z) >= r first holds at n = r + ceil(r / (z - 1)).
  return required + Math.ceil(required / (zones - 1));
}
