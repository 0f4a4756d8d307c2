import type { LimitReason } from './conditions.ts';
import { isBefore } from './instant.ts';
import { toInt32 } from './integers.ts';
import type { Recommendation } from './state.ts';

/** The path of an HPA without `behavior`. Its limits are compiled into the controller. */
const SCALE_UP_FACTOR = 2;
const SCALE_UP_MINIMUM = 4;

export type Limited = { readonly replicas: number; readonly reason: LimitReason };

/** The largest proposal of the last `window` seconds; records `want`, in the place of an entry that is too old. */
export function stabilizeLegacy(
  recommendations: Recommendation[],
  want: number,
  window: number,
  now: number,
): number {
  const cutoff = now - window;
  let best = want;
  let old = -1;
  for (let i = 0; i < recommendations.length; i++) {
    const each = recommendations[i] as Recommendation;
    if (isBefore(each.time, cutoff)) old = i;
    else if (each.replicas > best) best = each.replicas;
  }
  record(recommendations, old, want, now);
  return best;
}

/** Puts (`want`, `now`) at the index `old`, or at the end when that is negative. */
export function record(recommendations: Recommendation[], old: number, want: number, now: number): void {
  const entry = recommendations[old];
  if (entry === undefined) {
    recommendations.push({ replicas: want, time: now });
    return;
  }
  entry.replicas = want;
  entry.time = now;
}

/** At most twice the replicas or four, whichever is more, and within `min` and `max`. */
export function limitLegacy(
  spec: number,
  best: number,
  { minReplicas: min, maxReplicas: max }: { minReplicas: number; maxReplicas: number },
  capped: boolean,
): Limited {
  const limit = toInt32(Math.max(SCALE_UP_FACTOR * spec, SCALE_UP_MINIMUM), capped);
  const cap = Math.min(max, limit);
  if (best < min) return { replicas: min, reason: 'TooFewReplicas' };
  if (best > cap) return { replicas: cap, reason: max > limit ? 'ScaleUpLimit' : 'TooManyReplicas' };
  return { replicas: best, reason: 'DesiredWithinRange' };
}
