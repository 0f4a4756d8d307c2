import { expect, it } from 'vitest';
import type { ScaledObject, Trigger } from '../../src/models/hpa/keda.ts';
import { hpaOf, scaledObjectDefaults } from '../../src/models/hpa/keda.ts';
import { validateScaledObject } from '../../src/models/hpa/validate-keda.ts';
import { partitionsOf, sourcesOf } from '../../src/planners/autoscaling/metric-sources.ts';

const pods = (name: string) =>
  ({ type: 'Pods', name, target: { type: 'AverageValue', averageValue: 1 } }) as const;
const hpaWith = (...names: string[]) => [{ hpa: { metrics: names.map(pods) }, scaled: null }];

/** The ScaledObject with these triggers, and its HPA. */
function kedaWith(...triggers: object[]) {
  const { scaled, errors } = validateScaledObject(
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'a' },
      spec: { scaleTargetRef: { name: 'a' }, triggers },
    },
    { release: 36 },
  );
  expect(errors).toEqual([]);
  const made = scaled ?? {
    ...scaledObjectDefaults,
    name: 'a',
    scaleTarget: { kind: '', name: '' },
    triggers: [],
  };
  return { hpa: { metrics: hpaOf(made).metrics ?? [] }, scaled: made as ScaledObject };
}

const prometheus = (query: string, more: Partial<Trigger> = {}) => ({
  type: 'prometheus',
  metadata: { serverAddress: 'http://p', query, threshold: '5' },
  ...more,
});
const kafka = (topic: string, more: Record<string, string> = {}) => ({
  type: 'kafka',
  metadata: { bootstrapServers: 'b', consumerGroup: 'g', topic, ...more },
});

it('knows metrics by what was said of them, and by their names', () => {
  const named = hpaWith(
    'http_requests_per_second',
    'queue_depth',
    'request_duration_p95',
    'kafka_lag',
    'orders',
  );
  expect([...sourcesOf(named, new Map([['orders', 'rate']]))]).toEqual([
    ['http_requests_per_second', 'rate'],
    ['queue_depth', 'concurrency'],
    ['request_duration_p95', 'latency'],
    ['kafka_lag', 'lag'],
    ['orders', 'rate'],
  ]);
  expect(() => sourcesOf(named, new Map())).toThrow('what is the metric orders?');
});

it.each([
  ['sum(rate(http_requests_total{app="trades"}[2m]))', 'rate'],
  ['histogram_quantile(0.95, sum(rate(request_duration_seconds_bucket[2m])) by (le))', 'latency'],
  ['sum(kafka_consumergroup_lag{topic="t"})', 'lag'],
  ['max(orders_in_flight)', 'concurrency'],
])('knows what a trigger asks Prometheus for, by its series: %s', (query, source) => {
  expect(sourcesOf([kedaWith(prometheus(query))], new Map()).get('s0-prometheus')).toBe(source);
});

it('does not take the function rate for a rate, and lets a trigger be told by its name', () => {
  const query = 'sum(rate(container_cpu_usage_seconds_total[1m]))';
  expect(() => sourcesOf([kedaWith(prometheus(query))], new Map())).toThrow(
    'what is the metric s0-prometheus? Say it with --metric s0-prometheus=rate',
  );
  const named = kedaWith(prometheus(query, { name: 'load' }));
  expect(sourcesOf([named], new Map([['load', 'rate']])).get('s0-prometheus')).toBe('rate');
});

it('does not let one name stand for two things', () => {
  const both = [kedaWith(prometheus('http_requests')), kedaWith(prometheus('queue_depth'))];
  expect(() => sourcesOf(both, new Map())).toThrow(
    's0-prometheus stands for rate in one HPA and for concurrency',
  );
});

it('wants the partitions of a topic, from a flag or from the limits of a trigger', () => {
  const of = (said: number | undefined, ...autoscaled: ReturnType<typeof kedaWith>[]) =>
    partitionsOf(autoscaled, said, sourcesOf(autoscaled, new Map()));
  expect(of(undefined, kedaWith(prometheus('http_requests')))).toBeNull();
  expect(of(24, kedaWith(kafka('t')))).toBe(24);
  expect(of(undefined, kedaWith(kafka('t', { partitionLimitation: '0-7,9' })))).toBe(9);
  expect(() => of(undefined, kedaWith(kafka('t')))).toThrow('--partitions is missing');
  expect(() => of(undefined, kedaWith(prometheus('consumer_lag')))).toThrow('--partitions is missing');
  expect(() => of(24, kedaWith(kafka('t'), kafka('u')))).toThrow(
    'the topics t, u: one traffic is the records',
  );
});
