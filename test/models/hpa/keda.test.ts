import fc from 'fast-check';
import { expect, it } from 'vitest';
import { controllerOf } from '../../../src/models/hpa/controller.ts';
import { withDefaults } from '../../../src/models/hpa/defaults.ts';
import {
  fallbackMetric,
  fallbackReplicas,
  hpaOf,
  type KafkaTrigger,
  type PrometheusTrigger,
  prometheusMilli,
  type ScaledObject,
  scaledObjectDefaults,
  toMilli,
} from '../../../src/models/hpa/keda.ts';
import { activate, isActive } from '../../../src/models/hpa/keda-activation.ts';
import { kafkaDefaults, partitionLag, reportedLag } from '../../../src/models/hpa/keda-kafka.ts';
import { proposeTotalAverage } from '../../../src/models/hpa/replicas.ts';

const reported = { useCachedMetrics: false, metadata: {} };
const kafka: KafkaTrigger = {
  ...reported,
  ...kafkaDefaults,
  type: 'kafka',
  topic: 'trades',
  metricType: 'AverageValue',
  threshold: 100,
  activationThreshold: 0,
  excludePersistentLag: false,
};
const prometheus: PrometheusTrigger = {
  ...reported,
  type: 'prometheus',
  query: 'x',
  metricType: 'Value',
  threshold: 0.0625,
  activationThreshold: 5,
};
const scaled: ScaledObject = {
  ...scaledObjectDefaults,
  name: 'trades',
  namespace: 'trading',
  scaleTarget: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'trade-processor' },
  triggers: [kafka, prometheus],
};

it('makes the HPA that KEDA makes: an External metric for each trigger, one replica at least, no behavior', () => {
  const selector = { matchLabels: { 'scaledobject.keda.sh/name': 'trades' } };
  expect(hpaOf(scaled)).toEqual({
    name: 'keda-hpa-trades',
    namespace: 'trading',
    scaleTarget: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'trade-processor' },
    minReplicas: 1,
    maxReplicas: 100,
    metrics: [
      {
        type: 'External',
        name: 's0-kafka-trades',
        selector,
        target: { type: 'AverageValue', averageValue: 100_000 },
      },
      { type: 'External', name: 's1-prometheus', selector, target: { type: 'Value', value: 62 } },
    ],
  });
});

it('keeps a behavior, and pauses a direction by disabling its policies', () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 120 } };
  expect(hpaOf({ ...scaled, behavior, minReplicaCount: 2 })).toMatchObject({ minReplicas: 2, behavior });
  expect(hpaOf({ ...scaled, behavior, pausedScaleIn: true }).behavior).toEqual({
    scaleDown: { stabilizationWindowSeconds: 120, selectPolicy: 'Disabled' },
  });
  expect(hpaOf({ ...scaled, pausedScaleOut: true }).behavior).toEqual({
    scaleUp: { selectPolicy: 'Disabled' },
  });
});

it.each([
  [1.2345, 1234],
  [0.0005, 1],
  [0.0625, 62],
  [0.1875, 188],
  [5e15, 5e18],
  [Number.NaN, 0],
  [Number.POSITIVE_INFINITY, 0],
])('rounds %d to %d thousandths', (value, milli) => {
  expect(toMilli(value)).toBe(milli);
});

it('reports a negative Prometheus value as zero', () => {
  expect([prometheusMilli(-3), prometheusMilli(3)]).toEqual([0, 3000]);
});

it('is active only above the activation threshold', () => {
  expect([isActive(prometheus, 5), isActive(prometheus, 5.001), isActive(kafka, 0)]).toEqual([
    false,
    true,
    false,
  ]);
});

it('reports no more lag than the partitions have places for, but for the remainder of one threshold', () => {
  const lags = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(lags, fc.integer({ min: 1, max: 500 }), (partitions, lagThreshold) => {
      const reported = reportedLag(partitions, { ...kafkaDefaults, lagThreshold });
      const total = partitions.reduce((sum, lag) => sum + lag, 0);
      expect(reported).toBeLessThanOrEqual(total);
      expect(reported).toBeLessThan((partitions.length + 1) * lagThreshold);
    }),
    { seed: 1 },
  );
});

it('asks for a number of consumers that divides the partitions when it has to be even', () => {
  const trigger = { ...kafkaDefaults, lagThreshold: 100, ensureEvenDistributionOfPartitions: true };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 48 }), (lags) => {
      expect(lags.length % (reportedLag(lags, trigger) / 100)).toBe(0);
    }),
    { seed: 1 },
  );
});

it('takes a partition without an offset by the reset policy, and one that stands still for none', () => {
  const policy = {
    offsetResetPolicy: 'latest',
    scaleToZeroOnInvalidOffset: false,
    excludePersistentLag: true,
  } as const;
  const scalingOf = (committed: number | null, changes: object, before?: number) =>
    partitionLag(
      { committed, end: 50, ...(before === undefined ? {} : { before }) },
      { ...policy, ...changes },
    );
  expect(scalingOf(null, {})).toEqual({ scaling: 1, activation: 1 });
  expect(scalingOf(null, { offsetResetPolicy: 'earliest' })).toEqual({ scaling: 50, activation: 50 });
  expect(scalingOf(null, { scaleToZeroOnInvalidOffset: true })).toEqual({ scaling: 0, activation: 0 });
  expect(scalingOf(20, {}, 10)).toEqual({ scaling: 30, activation: 30 });
  expect(scalingOf(20, {}, 20)).toEqual({ scaling: 0, activation: 30 });
  expect(scalingOf(20, { excludePersistentLag: false }, 20)).toEqual({ scaling: 30, activation: 30 });
});

it('wakes from zero, and sleeps only when inactive for longer than the cooldown', () => {
  const state = { lastActive: null };
  const at = (now: number, replicas: number, active: boolean) =>
    activate(scaled, state, { now, replicas, active });
  expect(at(0, 0, false)).toBeNull();
  expect(at(30, 0, true)).toBe(1);
  expect(at(60, 4, true)).toBeNull();
  expect(at(360, 4, false)).toBeNull();
  expect(at(390, 4, false)).toBe(0);
});

it('wakes to the minimum, sleeps at the idle count, and without one goes back to the minimum', () => {
  const min = { minReplicaCount: 3, cooldownPeriod: 300 };
  const once = (settings: Parameters<typeof activate>[0], replicas: number, active: boolean) =>
    activate(settings, { lastActive: null }, { now: 0, replicas, active });
  expect(once(min, 0, true)).toBe(3);
  expect(once(min, 1, false)).toBe(3);
  expect(once(min, 5, false)).toBeNull();
  const idle = { ...min, idleReplicaCount: 1 };
  expect([once(idle, 1, true), once(idle, 5, false), once(idle, 1, false)]).toEqual([3, 1, null]);
});

it.each([
  ['static', 6, 6],
  ['currentReplicas', 4, 8],
  ['currentReplicasIfHigher', 6, 8],
  ['currentReplicasIfLower', 4, 6],
] as const)('falls back by %s to %i replicas of 4 and %i of 8', (behavior, ofFour, ofEight) => {
  const fallback = { failureThreshold: 3, replicas: 6, behavior };
  expect([fallbackReplicas(fallback, 4), fallbackReplicas(fallback, 8)]).toEqual([ofFour, ofEight]);
});

it('reports, after enough failures, what makes the HPA ask for the replicas of the fallback', () => {
  const fallback = { failureThreshold: 3, replicas: 6, behavior: 'static' } as const;
  expect(fallbackMetric(kafka, fallback, { failures: 2, current: 2, ready: 2 })).toBeNull();
  const reported = fallbackMetric(kafka, fallback, { failures: 3, current: 2, ready: 2 });
  expect(reported).toBe(600_000);
  const hpa = controllerOf(withDefaults(hpaOf(scaled)));
  const seen = { now: 0, spec: 2, status: 2, pods: [], readings: [] };
  expect(proposeTotalAverage(hpa, seen, reported ?? 0, 100_000).replicas).toBe(6);
  const value = { ...prometheus, threshold: 50 };
  expect(fallbackMetric(value, fallback, { failures: 3, current: 2, ready: 2 })).toBe(150_000);
  expect(fallbackMetric(value, fallback, { failures: 3, current: 2, ready: 0 })).toBeNull();
});
