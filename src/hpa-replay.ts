import type { Trace, TraceStep } from './hpa-traces.ts';
import type { Condition } from './models/hpa/conditions.ts';
import { type Controller, controllerOf } from './models/hpa/controller.ts';
import { withDefaults } from './models/hpa/defaults.ts';
import type { Observation, Pod, Reading, Sample } from './models/hpa/observation.ts';
import type { MetricSpec, WrittenRules } from './models/hpa/spec.ts';
import { newState } from './models/hpa/state.ts';
import { type Decision, sync } from './models/hpa/sync.ts';

type TracePod = NonNullable<TraceStep['pods']>[number];

const phases = { P: 'Pending', R: 'Running', S: 'Succeeded', F: 'Failed', U: 'Unknown' } as const;

/** The notation of the traces: `T:ReadyForNewScale`. */
export type ReplayedDecision = {
  replicas: number;
  /** The proposal before stabilization; absent when there was none. */
  rec?: number;
  able: string | null;
  active: string | null;
  limited: string | null;
};

export type Replayed = { id: string; decisions: ReplayedDecision[] };

/** What the controller of the Kubernetes release with the minor version `release` decides on the inputs of `trace`. */
export function replayTrace(trace: Trace, release: number): Replayed {
  const controller = controllerOfTrace(trace, release);
  const state = newState();
  const decisions = trace.steps.map((each) => inNotation(sync(controller, state, observe(trace, each))));
  return { id: trace.id, decisions };
}

export function controllerOfTrace(trace: Trace, release: number): Controller {
  const { behavior } = trace;
  const hpa = withDefaults({
    name: trace.id,
    scaleTarget: { apiVersion: 'apps/v1', kind: 'Deployment', name: trace.id },
    minReplicas: trace.minReplicas ?? 1,
    maxReplicas: trace.maxReplicas,
    metrics: trace.metrics.map(metricOf),
    ...(behavior
      ? { behavior: present({ scaleUp: rulesOf(behavior.scaleUp), scaleDown: rulesOf(behavior.scaleDown) }) }
      : {}),
  });
  const flags = present({
    tolerance: trace.tolerance,
    cpuInitializationPeriod: trace.cpuInitializationPeriodSeconds,
    initialReadinessDelay: trace.initialReadinessDelaySeconds,
    downscaleStabilization: trace.downscaleStabilizationSeconds,
  });
  return controllerOf(hpa, { flags, release });
}

function rulesOf(written: NonNullable<Trace['behavior']>['scaleUp']): WrittenRules | undefined {
  return written ? present(written) : undefined;
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Without the fields that are null or undefined. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Present<T>;
}

function metricOf(written: Trace['metrics'][number]): MetricSpec {
  const { type, name } = written;
  switch (type) {
    case 'Resource':
      return { type, name, target: perPod(written) };
    case 'ContainerResource':
      return { type, name, container: written.container, target: perPod(written) };
    case 'Pods':
      return { type, name, target: { type: 'AverageValue', averageValue: written.averageValue_m } };
    case 'Object':
      return { type, name, object: { kind: 'Service', name: 'object' }, target: total(written) };
    case 'External':
      return { type, name, target: total(written) };
  }
}

function perPod(target: { averageUtilization?: number | undefined; averageValue_m?: number | undefined }) {
  return target.averageUtilization === undefined
    ? ({ type: 'AverageValue', averageValue: target.averageValue_m ?? Number.NaN } as const)
    : ({ type: 'Utilization', averageUtilization: target.averageUtilization } as const);
}

function total(target: { value_m?: number | undefined; averageValue_m?: number | undefined }) {
  return target.value_m === undefined
    ? ({ type: 'AverageValue', averageValue: target.averageValue_m ?? Number.NaN } as const)
    : ({ type: 'Value', value: target.value_m } as const);
}

/** What the controller saw at one step. */
export function observe(trace: Trace, step: TraceStep): Observation {
  const written = step.pods ?? [];
  const window = trace.window_s ?? 60;
  const pods = written.map(podOf);
  const samples = written.map((each) => sampleOf(each, window, step.t));
  const perPod: Reading = samples.some((sample) => sample !== null)
    ? { kind: 'pods', samples, requests: written.map(() => trace.request_m) }
    : { kind: 'failed', failure: 'no metrics returned' };
  const totals: Reading =
    typeof step.value_m === 'number'
      ? { kind: 'total', value: step.value_m }
      : { kind: 'failed', failure: 'no metric returned' };
  return {
    now: step.t,
    spec: step.spec,
    status: step.status,
    pods,
    readings: trace.metrics.map(({ type }) => (type === 'Object' || type === 'External' ? totals : perPod)),
    ...present({ readyRunning: step.readyRunning }),
  };
}

function podOf({ ph, rd, tr, st, del }: TracePod): Pod {
  return {
    phase: phases[ph],
    deleting: del ?? false,
    ready: rd ?? null,
    readySince: tr ?? 0,
    startedAt: st ?? null,
  };
}

function sampleOf({ v, ts }: TracePod, window: number, now: number): Sample | null {
  return typeof v === 'number' ? { value: v, time: ts ?? now, window } : null;
}

function inNotation(decision: Decision): ReplayedDecision {
  const { replicas, recommendation, able, active, limited } = decision;
  return {
    replicas,
    ...(recommendation === null ? {} : { rec: recommendation }),
    able: conditionText(able),
    active: conditionText(active),
    limited: conditionText(limited),
  };
}

function conditionText(condition: Condition | null): string | null {
  return condition === null ? null : `${condition.status ? 'T' : 'F'}:${condition.reason}`;
}
