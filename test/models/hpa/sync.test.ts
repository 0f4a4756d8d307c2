import { expect, it } from 'vitest';
import { able, active, type Condition, limited, scaledToZero } from '../../../src/models/hpa/conditions.ts';
import { type ControllerSettings, controllerOf } from '../../../src/models/hpa/controller.ts';
import { withDefaults } from '../../../src/models/hpa/defaults.ts';
import { metricName } from '../../../src/models/hpa/metrics.ts';
import type { Observation, Pod, Reading } from '../../../src/models/hpa/observation.ts';
import type { MetricSpec, WrittenHpa } from '../../../src/models/hpa/spec.ts';
import { newState, restart } from '../../../src/models/hpa/state.ts';
import { sync } from '../../../src/models/hpa/sync.ts';
import { featuresOf } from '../../../src/models/hpa/version.ts';

const cpu: MetricSpec = {
  type: 'Resource',
  name: 'cpu',
  target: { type: 'Utilization', averageUtilization: 50 },
};
const lag: MetricSpec = {
  type: 'External',
  name: 'lag',
  target: { type: 'AverageValue', averageValue: 10_000 },
};
const ready: Pod = { phase: 'Running', deleting: false, ready: true, readySince: -900, startedAt: -1000 };

function controller(written: Partial<WrittenHpa>, settings: ControllerSettings = {}) {
  const scaleTarget = { kind: 'Deployment', name: 'a' };
  return controllerOf(withDefaults({ name: 'a', scaleTarget, maxReplicas: 20, ...written }), settings);
}

/** Pods with the CPU of each in percent of a request of 1000 milli; null is a pod without a sample. */
function cpuOf(
  percents: (number | null)[],
  extra: Partial<Pod>[] = [],
): Pick<Observation, 'pods' | 'readings'> {
  const samples = percents.map((each) => (each === null ? null : { value: each * 10, time: 0, window: 15 }));
  const reading: Reading = { kind: 'pods', samples, requests: percents.map(() => 1000) };
  return { pods: percents.map((_, i) => ({ ...ready, ...extra[i] })), readings: [reading] };
}

function total(value: number): Pick<Observation, 'pods' | 'readings'> {
  return { pods: [], readings: [{ kind: 'total', value }] };
}

it('asks for the ready pods times the ratio, and names the metric in the event', () => {
  const decided = sync(controller({ metrics: [cpu] }), newState(), {
    now: 0,
    spec: 3,
    status: 3,
    ...cpuOf([100, 100, 70]),
  });
  // 270 of 300 percent of the requests are 90 percent: 90 / 50 * 3 = 5.4.
  expect(decided).toMatchObject({
    replicas: 6,
    recommendation: 6,
    rescale: 'cpu resource utilization (percentage of request) above target',
    metrics: [{ replicas: 6, utilization: 90, current: 900 }],
    able: able.SucceededRescale,
    active: active.ValidMetricFound,
    limited: limited.DesiredWithinRange,
    scaledToZero: null,
  });
});

it('keeps the replicas when a rise, counted over fewer pods, would make fewer of them', () => {
  const decided = sync(controller({ metrics: [cpu] }), newState(), {
    now: 0,
    spec: 6,
    status: 3,
    ...cpuOf([100, 70, null]),
  });
  // 170 of 300 percent, the third pod idle, are 56 percent: 1.12 times three pods are four, and six are there.
  expect(decided).toMatchObject({ replicas: 6, recommendation: 6 });
});

it('cannot read or write the scale: keeps the replicas, and says so', () => {
  const state = newState();
  const hpa = controller({ metrics: [cpu], behavior: {} });
  const seen = { now: 0, spec: 2, status: 2, ...cpuOf([100, 100]) };
  const unread = sync(hpa, state, { ...seen, fault: 'GetScale' });
  expect(unread).toMatchObject({
    replicas: 2,
    recommendation: null,
    able: able.FailedGetScale,
    active: null,
  });
  expect(state.recommendations).toEqual([]);
  const unwritten = sync(hpa, state, { ...seen, fault: 'UpdateScale' });
  expect(unwritten).toMatchObject({ replicas: 2, recommendation: 4, able: able.FailedUpdateScale });
  expect(state.upEvents).toEqual([]);
  expect(sync(hpa, state, { ...seen, now: 15 }).replicas).toBe(4);
  expect(state.upEvents).toEqual([{ change: 2, time: 15, outdated: false }]);
});

it.each(['InvalidSelector', 'AmbiguousSelector'] as const)('does nothing with an %s', (fault) => {
  const decided = sync(controller({ metrics: [cpu] }), newState(), {
    now: 0,
    spec: 2,
    status: 2,
    ...cpuOf([100, 100]),
    fault,
  });
  expect(decided).toMatchObject({ replicas: 2, active: active[fault], limited: null });
  expect(decided.failure).toContain('selector');
});

it.each([
  ['Resource', cpu],
  ['ContainerResource', { ...cpu, type: 'ContainerResource', container: 'app' }],
  ['Pods', { type: 'Pods', name: 'q', target: { type: 'AverageValue', averageValue: 1 } }],
  ['Object', { ...lag, type: 'Object', object: { kind: 'Ingress', name: 'i' } }],
  ['External', lag],
] as [keyof typeof active, MetricSpec][])('names a failed metric of the type %s', (type, metric) => {
  const decided = sync(controller({ metrics: [metric] }), newState(), {
    now: 0,
    spec: 2,
    status: 2,
    pods: [ready, ready],
    readings: [{ kind: 'failed', failure: 'no answer' }],
  });
  expect(decided).toMatchObject({ replicas: 2, failure: 'no answer', active: active[type] });
});

it('fails a metric when a pod has no request, no pod is left, or none is matched', () => {
  const hpa = controller({ metrics: [cpu] });
  const failureOf = (seen: Pick<Observation, 'pods' | 'readings'>) =>
    sync(hpa, newState(), { now: 0, spec: 2, status: 2, ...seen }).failure;
  const samples = [{ value: 1, time: 0, window: 15 }];
  const missing: Reading = { kind: 'pods', samples, requests: [null] };
  expect(failureOf({ pods: [ready], readings: [missing] })).toContain('missing request');
  expect(failureOf(cpuOf([10], [{ deleting: true }]))).toContain('did not receive metrics');
  expect(failureOf({ pods: [], readings: [{ kind: 'pods', samples: [] }] })).toContain('no pods returned');
});

it('ignores pods that ran to their end since 1.37 only', () => {
  const seen = { now: 0, spec: 2, status: 2, ...cpuOf([100, 100], [{ phase: 'Succeeded' }]) };
  const replicas = (release: number) =>
    sync(controller({ metrics: [cpu] }, { release }), newState(), seen).replicas;
  expect([replicas(36), replicas(37)]).toEqual([4, 2]);
});

it('counts values of pods that are gone for averages, not for utilization', () => {
  const samples = [{ value: 1000, time: 0, window: 15 }];
  const reading: Reading = { kind: 'pods', samples, requests: [1000], superfluous: [3000] };
  const replicas = (metric: MetricSpec) =>
    sync(controller({ metrics: [metric] }), newState(), {
      now: 0,
      spec: 1,
      status: 1,
      pods: [ready],
      readings: [reading],
    }).metrics;
  expect(replicas(cpu)).toEqual([{ replicas: 2, utilization: 100, current: 1000 }]);
  const average: MetricSpec = {
    type: 'Pods',
    name: 'q',
    target: { type: 'AverageValue', averageValue: 1000 },
  };
  expect(replicas(average)).toEqual([{ replicas: 2, utilization: null, current: 2000 }]);
});

it('takes a value target by the pods that are Running and Ready, deleting ones included', () => {
  const metric: MetricSpec = { type: 'External', name: 'rate', target: { type: 'Value', value: 1000 } };
  const pods = [ready, { ...ready, deleting: true }, { ...ready, ready: false }];
  const seen = { now: 0, spec: 5, status: 3, pods, readings: [{ kind: 'total', value: 3000 } as const] };
  expect(sync(controller({ metrics: [metric] }), newState(), seen).recommendation).toBe(6);
  expect(sync(controller({ metrics: [metric] }), newState(), { ...seen, pods: [] }).failure).toContain(
    'no pods',
  );
});

it('keeps the largest int32 since 1.33, and wraps round before as Go does', () => {
  const seen = { now: 0, spec: 1, status: 1, ...total(2 ** 32 * 10_000 + 50_000) };
  const proposal = (release: number) =>
    sync(controller({ metrics: [lag] }, { release }), newState(), seen).recommendation;
  expect([proposal(33), proposal(32)]).toEqual([2 ** 31 - 1, 5]);
});

it('leaves zero replicas alone up to 1.36 unless the minimum is zero', () => {
  const seen = { now: 0, spec: 0, status: 0, ...total(25_000) };
  const decide = (minReplicas: number) => sync(controller({ minReplicas, metrics: [lag] }), newState(), seen);
  expect(decide(1)).toMatchObject({ replicas: 0, active: active.ScalingDisabled });
  expect(decide(0)).toMatchObject({ replicas: 3, active: active.ValidMetricFound });
});

it('comes back from the zero that it chose itself since 1.37, and not from one set by hand', () => {
  const hpa = controller(
    { minReplicas: 0, metrics: [lag], behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } },
    { release: 37 },
  );
  const state = newState();
  const at = (now: number, spec: number, value: number) =>
    sync(hpa, state, { now, spec, status: spec, ...total(value) });
  expect(at(0, 0, 25_000)).toMatchObject({ replicas: 0, active: active.ScalingDisabled });
  expect(at(15, 3, 0)).toMatchObject({ replicas: 0, scaledToZero: scaledToZero.ScaledToZero });
  expect(at(30, 0, 25_000)).toMatchObject({ replicas: 3, scaledToZero: scaledToZero.NotScaledToZero });
  expect(at(45, 0, 25_000)).toMatchObject({ replicas: 0, active: active.ScalingDisabled });
});

it('comes back to a minimum that was raised while it was at the zero it chose', () => {
  const state = newState();
  state.scaledToZero = scaledToZero.ScaledToZero;
  const hpa = controller({ minReplicas: 2, metrics: [lag], behavior: {} }, { release: 37 });
  expect(sync(hpa, state, { now: 0, spec: 0, status: 0, ...total(0) }).replicas).toBe(2);
});

it('forgets its history at a restart, and so scales down only after a whole window', () => {
  const hpa = controller({ metrics: [lag] });
  const state = newState();
  const at = (now: number) => sync(hpa, state, { now, spec: 6, status: 6, ...total(20_000) }).replicas;
  expect([at(0), at(300), at(315)]).toEqual([6, 6, 2]);
  restart(state);
  expect([at(330), at(615), at(645)]).toEqual([6, 6, 2]);
});

it('takes two instants that differ only by rounding for one', () => {
  const rules = { policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] } as const;
  const hpa = controller({ metrics: [lag], behavior: { scaleUp: rules } });
  const state = newState();
  // The event is exactly as old as the period, but 15.1 - 15 is below 0.1 in doubles.
  const first = 0.1;
  const second = 15.1;
  expect(second - 15).toBeLessThan(first);
  const at = (now: number, spec: number) =>
    sync(hpa, state, { now, spec, status: spec, ...total(90_000) }).replicas;
  expect([at(first, 1), at(second, 2)]).toEqual([2, 3]);
});

it.each<[string, MetricSpec]>([
  ['cpu resource', { ...cpu, target: { type: 'AverageValue', averageValue: 1 } }],
  [
    'cpu container resource utilization (percentage of request)',
    { ...cpu, type: 'ContainerResource', container: 'app' },
  ],
  ['pods metric q', { type: 'Pods', name: 'q', target: { type: 'AverageValue', averageValue: 1 } }],
  [
    'Ingress metric r',
    {
      type: 'Object',
      name: 'r',
      object: { kind: 'Ingress', name: 'i' },
      target: { type: 'Value', value: 1 },
    },
  ],
  ['external metric lag(nil)', lag],
  [
    'external metric lag(&LabelSelector{MatchLabels:map[string]string{topic: trades,},MatchExpressions:[]LabelSelectorRequirement{},})',
    { ...lag, selector: { matchLabels: { topic: 'trades' } } },
  ],
])('calls a metric %s in the event, as the controller does', (name, metric) => {
  expect(metricName(metric)).toBe(name);
});

it('knows the releases 1.28 to 1.37 and no other', () => {
  expect(featuresOf(34).ownTolerance).toBe(false);
  expect(featuresOf(34, { ownTolerance: true }).ownTolerance).toBe(true);
  expect(featuresOf(32, { ownTolerance: true }).ownTolerance).toBe(false);
  expect(() => featuresOf(27)).toThrow(RangeError);
  expect(() => featuresOf(38)).toThrow(RangeError);
});

it('has a condition for each reason, met or not', () => {
  const reasons = (each: Readonly<Record<string, Condition>>, status: boolean) =>
    Object.values(each)
      .filter((one) => one.status === status)
      .map(({ reason }) => reason);
  expect(reasons(able, false)).toEqual(['FailedGetScale', 'FailedUpdateScale']);
  expect(reasons(limited, false)).toEqual(['DesiredWithinRange']);
  expect(reasons(active, true)).toEqual(['ValidMetricFound']);
});
