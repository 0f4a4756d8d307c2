import { limitRate, stabilize } from './behavior.ts';
import { able, active, type Condition, limited, scaledToZero } from './conditions.ts';
import type { Controller } from './controller.ts';
import { storeEvent } from './events.ts';
import { type Limited, limitLegacy, stabilizeLegacy } from './legacy.ts';
import { type Combined, combine, metricName } from './metrics.ts';
import type { Observation } from './observation.ts';
import type { Failure, Proposal } from './replicas.ts';
import type { MetricSpec } from './spec.ts';
import type { HpaState } from './state.ts';
import { hasTotalMetric, scalesFromZero } from './zero.ts';

/** What one sync decided, and the conditions after it: null for one that no sync has set yet. */
export type Decision = {
  /** `scale.spec.replicas` afterwards. */
  readonly replicas: number;
  /** What was recorded for later stabilization: the proposal of the metrics, or at the first sync the replicas. */
  readonly recommendation: number | null;
  /** The reason in the SuccessfulRescale event; null when the target was not rescaled. */
  readonly rescale: string | null;
  /** Why the sync ended with an error; a metric that fails does not always keep the others from being used. */
  readonly failure: Failure | null;
  readonly able: Condition | null;
  readonly active: Condition | null;
  readonly limited: Condition | null;
  readonly scaledToZero: Condition | null;
  /** By the index of the metric; empty when metrics played no part. */
  readonly metrics: readonly (Proposal | Failure)[];
};

/** What a sync wants, before it is written. */
type Wish = {
  readonly replicas: number;
  readonly reason: string;
  readonly recommendation: number | null;
  readonly failure: Failure | null;
  readonly metrics: readonly (Proposal | Failure)[];
};

const NO_METRICS: readonly never[] = [];

/** One run of the controller for one HPA: `reconcileAutoscaler` of `horizontal.go`. Changes `state`. */
export function sync(controller: Controller, state: HpaState, seen: Observation): Decision {
  if (seen.fault === 'GetScale') {
    state.able = able.FailedGetScale;
    return decision(state, seen.spec, null, wish(seen.spec, '', null, 'the scale could not be read'));
  }
  state.able = able.SucceededGetScale;
  const initial = state.recommendations.length === 0 ? seen.spec : null;
  if (initial !== null) state.recommendations.push({ replicas: initial, time: seen.now });
  const wanted = choose(controller, state, seen, initial);
  if (wanted.replicas === seen.spec) return decision(state, seen.spec, null, wanted);
  if (seen.fault === 'UpdateScale') {
    state.able = able.FailedUpdateScale;
    return decision(state, seen.spec, null, { ...wanted, failure: 'the scale could not be written' });
  }
  rescale(controller, state, seen, wanted.replicas);
  return decision(state, wanted.replicas, wanted.reason, wanted);
}

function choose(controller: Controller, state: HpaState, seen: Observation, initial: number | null): Wish {
  const { minReplicas: min, maxReplicas: max } = controller;
  const { spec } = seen;
  if (spec === 0 && !mayLeaveZero(controller, state)) {
    state.active = active.ScalingDisabled;
    return wish(0, '', initial, null);
  }
  if (spec > max) return wish(max, 'Current number of replicas above Spec.MaxReplicas', initial, null);
  if (spec < min && spec !== 0)
    return wish(min, 'Current number of replicas below Spec.MinReplicas', initial, null);
  return byMetrics(controller, state, seen, initial);
}

function mayLeaveZero(controller: Controller, state: HpaState): boolean {
  const gate = {
    minReplicas: controller.minReplicas,
    scaledToZero: state.scaledToZero?.status === true,
    totalMetric: hasTotalMetric(controller),
  };
  return scalesFromZero(gate, controller.features);
}

function byMetrics(controller: Controller, state: HpaState, seen: Observation, initial: number | null): Wish {
  const { fault, spec } = seen;
  if (fault === 'InvalidSelector' || fault === 'AmbiguousSelector') {
    state.active = active[fault];
    return wish(spec, '', initial, 'the selector of the scale target cannot be used');
  }
  const combined = combine(controller, seen);
  state.active = combined.active;
  const { failure, metrics } = combined;
  if (combined.replicas === null)
    return { replicas: spec, reason: '', recommendation: initial, failure, metrics };
  const want = Math.max(0, combined.replicas);
  const reason = reasonOf(controller, combined, want, spec);
  const replicas = normalize(controller, state, seen, want);
  return { replicas, reason, recommendation: want, failure, metrics };
}

function reasonOf({ metrics }: Controller, { by }: Combined, want: number, spec: number): string {
  if (want > spec) return `${metricName(metrics[by] as MetricSpec)} above target`;
  return want < spec ? 'All metrics below target' : '';
}

/** Stabilizes, then limits. */
function normalize(controller: Controller, state: HpaState, seen: Observation, want: number): number {
  const { behavior, features, minReplicas, maxReplicas } = controller;
  const { spec, now } = seen;
  let result: Limited;
  let stable: number;
  if (behavior === undefined) {
    stable = stabilizeLegacy(state.recommendations, want, controller.downscaleStabilization, now);
    state.able = stable === want ? able.ReadyForNewScale : able.ScaleDownStabilized;
    result = limitLegacy(spec, stable, controller, features.capped);
  } else {
    stable = stabilize(state.recommendations, want, spec, behavior, now);
    const held = want >= spec ? able.ScaleUpStabilized : able.ScaleDownStabilized;
    state.able = stable === want ? able.ReadyForNewScale : held;
    result = limitRate(state, spec, stable, { minReplicas, maxReplicas, behavior }, now, features.capped);
  }
  state.limited = limited[result.reason];
  // A target that the HPA took to zero while that was its minimum comes back to a minimum that was raised since.
  if (features.scaleToZero && spec === 0) return Math.max(minReplicas, result.replicas);
  return result.replicas;
}

/** After a successful write: the conditions, and with `behavior` the event. */
function rescale(controller: Controller, state: HpaState, seen: Observation, replicas: number): void {
  state.able = able.SucceededRescale;
  if (controller.features.scaleToZero) {
    const toZero = replicas === 0 && controller.minReplicas === 0 && hasTotalMetric(controller);
    state.scaledToZero = toZero ? scaledToZero.ScaledToZero : scaledToZero.NotScaledToZero;
  }
  if (controller.behavior === undefined) return;
  const { up, down } = controller.behavior;
  const change = replicas - seen.spec;
  if (change > 0) storeEvent(state.upEvents, change, up.longest, seen.now);
  else storeEvent(state.downEvents, -change, down.longest, seen.now);
}

function wish(
  replicas: number,
  reason: string,
  recommendation: number | null,
  failure: Failure | null,
): Wish {
  return { replicas, reason, recommendation, failure, metrics: NO_METRICS };
}

function decision(state: HpaState, replicas: number, reason: string | null, wanted: Wish): Decision {
  return {
    replicas,
    recommendation: wanted.recommendation,
    rescale: reason,
    failure: wanted.failure,
    able: state.able,
    active: state.active,
    limited: state.limited,
    scaledToZero: state.scaledToZero,
    metrics: wanted.metrics,
  };
}
