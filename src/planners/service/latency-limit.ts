import { type LatencyFit, predictLatency } from '../../models/latency/choose.ts';
import { odds } from '../../models/latency/shapes.ts';
import { normalQuantile } from '../../models/quantile.ts';
import type { Draws } from '../worlds.ts';

/** Below this utilisation nearly all that is paid for would stand idle. */
export const LOWEST = 0.05;
/** Above this a small error in the demand is already a queue without end. */
export const HIGHEST = 0.9;
/** Places between the two, at which the model is asked. */
const STEPS = 40;
const HALVINGS = 14;
/** The interval of a fit holds as many of a normal distribution's draws within one spread of its middle. */
const SPREAD_QUANTILE = normalQuantile(0.975);

/**
 * The highest utilisation at which the latency of `fit` is within `seconds`, in every world: 0 where it is not even at
 * the lowest. A world's latency is the foretold one times `exp(z s)`, z being drawn from the normal distribution by
 * `uniform`, and s from the interval of the fit, which grows beyond what was observed.
 */
export function utilisationWithin(fit: LatencyFit, seconds: number, uniform: Draws): Draws {
  const { utilisations, errors } = curveOf(fit, seconds, normalQuantile(0.5 / uniform.length));
  return uniform.map((quantile) => {
    const z = normalQuantile(quantile);
    if (!((errors[0] as number) >= z)) return 0;
    // The last place at which the error that the target allows is not below this world's.
    let [low, high] = [0, errors.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((errors[middle] as number) >= z) low = middle;
      else high = middle;
    }
    const here = utilisations[low] as number;
    const next = utilisations[low + 1];
    if (next === undefined) return here;
    const [from, to] = [errors[low] as number, errors[low + 1] as number];
    return from === to ? here : here + ((next - here) * (from - z)) / (from - to);
  });
}

/**
 * What the latency of `fit` is at the lowest utilisation: as foretold where that is above `seconds`, else the most that it
 * is at `confidence`.
 */
export function latencyAtLowest(fit: LatencyFit, seconds: number, confidence: number): number {
  const { value } = predictLatency(fit, LOWEST);
  if (value >= seconds) return value;
  return value * Math.exp((normalQuantile(confidence) * fit.spread) / SPREAD_QUANTILE);
}

/**
 * The error, in standard deviations of the fit, that `seconds` allows at a utilisation: it falls as that rises. Told at
 * places where some world, whose errors are within `most` of 0, may have its limit.
 */
function curveOf(
  fit: LatencyFit,
  seconds: number,
  most: number,
): { utilisations: number[]; errors: number[] } {
  const allowed = (utilisation: number) => {
    const room = Math.log(seconds / predictLatency(fit, utilisation).value);
    // What is faster than foretold is so by what was seen; what is slower by more, the farther it is from that.
    const beyond = room > 0 ? Math.max(1, odds(utilisation) / odds(fit.to)) : 1;
    return (room * SPREAD_QUANTILE) / (fit.spread * beyond);
  };
  const from = lastWith((utilisation) => allowed(utilisation) >= Math.abs(most));
  const to = lastWith((utilisation) => allowed(utilisation) >= -Math.abs(most));
  const utilisations = Array.from({ length: STEPS + 1 }, (_, i) => from + ((to - from) * i) / STEPS);
  return { utilisations, errors: utilisations.map(allowed) };
}

/** By halving, since latency only grows: the lowest where it never holds. */
function lastWith(holds: (utilisation: number) => boolean): number {
  if (holds(HIGHEST)) return HIGHEST;
  let [low, high] = [LOWEST, HIGHEST];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
