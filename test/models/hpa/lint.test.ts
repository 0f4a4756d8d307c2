import { expect, it } from 'vitest';
import { withDefaults } from '../../../src/models/hpa/defaults.ts';
import { type HpaSurroundings, lintHpa } from '../../../src/models/hpa/lint.ts';
import type { MetricSpec, WrittenHpa } from '../../../src/models/hpa/spec.ts';
import { describeHpaFinding } from '../../../src/report/hpa-findings.ts';

const cpu: MetricSpec = {
  type: 'Resource',
  name: 'cpu',
  target: { type: 'Utilization', averageUtilization: 70 },
};
const memory: MetricSpec = {
  type: 'Resource',
  name: 'memory',
  target: { type: 'Utilization', averageUtilization: 80 },
};
const external = (name: string, type: 'Value' | 'AverageValue'): MetricSpec => {
  const target = type === 'Value' ? { type, value: 30_000 } : { type, averageValue: 30_000 };
  return { type: 'External', name, target };
};

function lint(written: Partial<WrittenHpa>, around: Partial<HpaSurroundings> = {}) {
  const scaleTarget = { kind: 'Deployment', name: 'trades' };
  const hpa = withDefaults({ name: 'trades', scaleTarget, minReplicas: 3, maxReplicas: 20, ...written });
  return lintHpa(hpa, { release: 36, ...around });
}

it('finds nothing in a sound HPA', () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 300, tolerance: 0.05 } };
  const metrics = [cpu, external('trades_queue_depth', 'AverageValue')];
  expect(lint({ metrics, behavior }, { minAvailable: 2, period: 86_400 })).toEqual([]);
});

it.each([
  ['trade_processing_duration_seconds_p95'],
  ['http_request_latency'],
  ['grpc_response_time_ms'],
  ['order_seconds_mean'],
])('finds latency as a target: %s', (metric) => {
  const metrics: MetricSpec[] = [
    { type: 'Pods', name: metric, target: { type: 'AverageValue', averageValue: 100 } },
  ];
  expect(lint({ metrics })).toEqual([{ code: 'LATENCY_AS_TARGET', severity: 'warning', args: { metric } }]);
});

it('finds a value target on a queue, but not on a rate', () => {
  const args = { metric: 'kafka_consumer_lag' };
  expect(lint({ metrics: [external('kafka_consumer_lag', 'Value')] })).toEqual([
    { code: 'VALUE_ON_QUEUE', severity: 'warning', args },
  ]);
  expect(lint({ metrics: [external('requests_per_second', 'Value')] })).toEqual([]);
});

it('finds memory beside CPU, as in the platform document, but not alone', () => {
  expect(lint({ metrics: [cpu, memory] })).toEqual([
    { code: 'MEMORY_BESIDE_CPU', severity: 'warning', args: { target: 80, unit: 'percent' } },
  ]);
  expect(lint({ metrics: [memory] })).toEqual([]);
});

it.each([
  [3, 3],
  [4, 4],
  ['100%', 3],
  ['67%', 3],
])('finds a budget of %s that blocks drains at a minimum of three', (minAvailable, pods) => {
  expect(lint({ metrics: [cpu] }, { minAvailable })).toEqual([
    { code: 'MIN_IS_MIN_AVAILABLE', severity: 'warning', args: { minReplicas: 3, minAvailable: pods } },
  ]);
});

it('lets a budget be that leaves a pod to evict', () => {
  expect(lint({ metrics: [cpu] }, { minAvailable: '66%' })).toEqual([]);
});

it('finds a window longer than the traffic takes to come round', () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 3600 } };
  expect(lint({ metrics: [cpu], behavior }, { period: 1800 })).toEqual([
    {
      code: 'WINDOW_EXCEEDS_PERIOD',
      severity: 'warning',
      args: { direction: 'scaleDown', window: 3600, period: 1800 },
    },
  ]);
});

it('finds what never changes, and a tolerance that is not read', () => {
  const behavior = { scaleDown: { selectPolicy: 'Disabled' }, scaleUp: { tolerance: 0.05 } } as const;
  const codes = (release: number) =>
    lint({ metrics: [cpu], maxReplicas: 3, behavior }, { release }).map(({ code }) => code);
  expect(codes(36)).toEqual(['MIN_IS_MAX', 'NEVER_SCALES_DOWN']);
  expect(codes(34)).toEqual(['MIN_IS_MAX', 'NEVER_SCALES_DOWN', 'TOLERANCE_IGNORED']);
});

it('words each finding in one line that names its figures', () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 3600 }, scaleUp: { tolerance: 0.05 } };
  const metrics = [cpu, memory, external('lag_p99', 'Value'), external('backlog', 'Value')];
  const words = lint({ metrics, behavior }, { minAvailable: 3, period: 1800, release: 34 }).map(
    describeHpaFinding,
  );
  const named = ['lag_p99', 'backlog', '80 %', 'as few as 3', '30m', '1.34'];
  expect(words).toHaveLength(named.length);
  expect(words.filter((text, i) => !text.includes(named[i] ?? '') || text.includes('\n'))).toEqual([]);
});
