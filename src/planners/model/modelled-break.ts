import { type LatencyFit, predictLatency } from '../../models/latency/choose.ts';
import type { Run } from '../../run.ts';
import type { CostModel } from '../cost.ts';
import { usableCores } from '../latency-fit.ts';
import { replicasOf } from '../observed.ts';
import type { Figure } from '../types.ts';

/** A model that may be off by more than this factor either way says nothing about a rate. */
const VAGUE = 5;
/** No queue is asked beyond this: its latency has no end. */
const HIGHEST = 0.97;
const STEPS = 40;

/**
 * The rate at which the latency of `fit` reaches `seconds` in a service as it was in the runs: the utilisation at which
 * the model says so, and what requests of the measured mix leave of it. Null when that is never, at no load already, or
 * the model is too vague.
 */
export function modelledBreak(
  runs: readonly Run[],
  fit: LatencyFit,
  { perRequest, background }: CostModel,
  seconds: number,
): Figure | null {
  const cores = usableCores(runs);
  const replicas = Math.max(...runs.map(replicasOf));
  if (cores === undefined || perRequest === 0) return null;
  const rateAt = (utilisation: number) => ((utilisation * cores - background) * replicas) / perRequest;
  const reach = (of: 'value' | 'low' | 'high') => utilisationAt((u) => predictLatency(fit, u)[of], seconds);
  // The latency may be as high as `high`: then the target breaks sooner.
  const [value, low, high] = [reach('value'), reach('high'), reach('low')];
  if (value === 0 || value === HIGHEST) return null;
  const there = predictLatency(fit, value);
  if (there.high > VAGUE * there.value) return null;
  return {
    value: Math.max(0, rateAt(value)),
    low: Math.max(0, rateAt(low)),
    high: Math.max(0, rateAt(high)),
  };
}

/** By halving, since latency only grows: 0 when it is above `seconds` at once, the highest when it never is. */
function utilisationAt(latency: (utilisation: number) => number, seconds: number): number {
  if (latency(HIGHEST) <= seconds) return HIGHEST;
  let [low, high] = [0, HIGHEST];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (latency(middle) <= seconds) low = middle;
    else high = middle;
  }
  return low < 1e-6 ? 0 : low;
}
