import type { Rules } from './controller.ts';
import { changeWithin } from './events.ts';
import { isAfter, isBefore } from './instant.ts';
import { toInt32 } from './integers.ts';
import { type Limited, record } from './legacy.ts';
import type { ScalingPolicy, ScalingRules } from './spec.ts';
import type { HpaState, Recommendation } from './state.ts';

/**
 * The replicas of now, moved only as far as every proposal of the window of its direction asks; records `want`, in the
 * place of an entry that is too old for both windows.
 */
export function stabilize(
  recommendations: Recommendation[],
  want: number,
  spec: number,
  { up, down }: { up: Rules; down: Rules },
  now: number,
): number {
  const upCutoff = now - up.stabilizationWindowSeconds;
  const downCutoff = now - down.stabilizationWindowSeconds;
  let low = want;
  let high = want;
  let old = -1;
  for (let i = 0; i < recommendations.length; i++) {
    const { replicas, time } = recommendations[i] as Recommendation;
    if (isAfter(time, upCutoff) && replicas < low) low = replicas;
    if (isAfter(time, downCutoff) && replicas > high) high = replicas;
    if (isBefore(time, upCutoff) && isBefore(time, downCutoff)) old = i;
  }
  record(recommendations, old, want, now);
  let stable = spec;
  if (stable < low) stable = low;
  if (stable > high) stable = high;
  return stable;
}

type History = Pick<HpaState, 'upEvents' | 'downEvents'>;

/** `stable`, as far as the policies of its direction and `min` and `max` allow. */
export function limitRate(
  { upEvents, downEvents }: History,
  spec: number,
  stable: number,
  limits: { minReplicas: number; maxReplicas: number; behavior: { up: Rules; down: Rules } },
  now: number,
  capped: boolean,
): Limited {
  const { minReplicas: min, maxReplicas: max, behavior } = limits;
  if (stable > spec) {
    const policy = scaleUpLimit(spec, behavior.up, { upEvents, downEvents }, now, capped);
    const limit = Math.max(spec, policy);
    const cap = Math.min(max, limit);
    if (stable > cap) return { replicas: cap, reason: max > limit ? 'ScaleUpLimit' : 'TooManyReplicas' };
  } else if (stable < spec) {
    const policy = scaleDownLimit(spec, behavior.down, { upEvents, downEvents }, now, capped);
    const limit = Math.min(spec, policy);
    const floor = Math.max(min, limit);
    if (stable < floor) return { replicas: floor, reason: min < limit ? 'ScaleDownLimit' : 'TooFewReplicas' };
  }
  return { replicas: stable, reason: 'DesiredWithinRange' };
}

/** The most replicas that the policies allow now. */
export function scaleUpLimit(
  spec: number,
  { selectPolicy, policies }: Pick<ScalingRules, 'selectPolicy' | 'policies'>,
  history: History,
  now: number,
  capped: boolean,
): number {
  if (selectPolicy === 'Disabled') return spec;
  const pick = selectPolicy === 'Min' ? Math.min : Math.max;
  let limit = selectPolicy === 'Min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  for (const policy of policies) {
    const start = startOfPeriod(spec, policy, history, now);
    // In doubles and in this order, as the controller does: 50 and 10 % give 56.
    const allowed =
      policy.type === 'Pods' ? start + policy.value : Math.ceil(start * (1 + policy.value / 100));
    limit = pick(limit, toInt32(allowed, capped));
  }
  return limit;
}

/** The fewest replicas that the policies allow now; `Max` is the largest change. */
export function scaleDownLimit(
  spec: number,
  { selectPolicy, policies }: Pick<ScalingRules, 'selectPolicy' | 'policies'>,
  history: History,
  now: number,
  capped: boolean,
): number {
  if (selectPolicy === 'Disabled') return spec;
  const pick = selectPolicy === 'Min' ? Math.max : Math.min;
  let limit = selectPolicy === 'Min' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  for (const policy of policies) {
    const start = startOfPeriod(spec, policy, history, now);
    const allowed =
      policy.type === 'Pods' ? start - policy.value : Math.trunc(start * (1 - policy.value / 100));
    limit = pick(limit, toInt32(allowed, capped));
  }
  return limit;
}

/** Replicas when the period of `policy` began: changes in both directions are taken back. */
function startOfPeriod(
  spec: number,
  { periodSeconds }: ScalingPolicy,
  { upEvents, downEvents }: History,
  now: number,
): number {
  return spec - changeWithin(upEvents, periodSeconds, now) + changeWithin(downEvents, periodSeconds, now);
}
