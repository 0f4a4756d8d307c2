import { podsOf } from './budget.ts';
import { defaultFlags } from './controller.ts';
import { isKafka, metricNameOf, type ScaledObject } from './keda.ts';
import type { Hpa, MetricSpec, ScalingRules } from './spec.ts';
import { featuresOf } from './version.ts';

/**
 * What is legal in an HPA but unwise, as data: words are put on in report/. A `warning` will hurt, an `info` may be meant.
 * Times are seconds.
 */
type Coded<Code extends string, Severity extends 'warning' | 'info', Args extends object> = {
  readonly code: Code;
  readonly severity: Severity;
  readonly args: Readonly<Args>;
};

export type HpaFinding =
  /** Latency does not fall in proportion to the replicas, and once it explodes the HPA runs to its maximum. */
  | Coded<'LATENCY_AS_TARGET', 'warning', { metric: string }>
  /** `value` asks for replicas in proportion to those there are: a queue would never be divided among them. */
  | Coded<'VALUE_ON_QUEUE', 'warning', { metric: string }>
  /** The largest proposal counts, so memory that is not given back keeps what CPU has long let go. */
  | Coded<'MEMORY_BESIDE_CPU', 'warning', { target: number; unit: 'percent' | 'milli' }>
  /** At the minimum no pod may be evicted, so no node can be drained. */
  | Coded<'MIN_IS_MIN_AVAILABLE', 'warning', { minReplicas: number; minAvailable: number }>
  /** The window holds on longer than the traffic takes to come round again. */
  | Coded<
      'WINDOW_EXCEEDS_PERIOD',
      'warning',
      { direction: 'scaleUp' | 'scaleDown'; window: number; period: number }
    >
  | Coded<'NEVER_SCALES_DOWN', 'warning', Record<never, never>>
  | Coded<'MIN_IS_MAX', 'info', { replicas: number }>
  /** A consumer without a partition does nothing; KEDA's own cap lets one through. */
  | Coded<'MORE_THAN_PARTITIONS', 'warning', { maxReplicas: number; partitions: number }>
  /** The gate HPAConfigurableTolerance is off in this release. */
  | Coded<'TOLERANCE_IGNORED', 'warning', { release: number }>;

export type HpaSurroundings = {
  /** Of the PodDisruptionBudget over the same pods: a count, or a percentage such as `50%`. */
  readonly minAvailable?: number | string;
  /** Seconds after which the traffic comes round again: its shortest cycle. */
  readonly period?: number;
  /** Minor version of Kubernetes. */
  readonly release: number;
  /** The ScaledObject that KEDA made the HPA of. */
  readonly scaled?: ScaledObject;
  /** Of the topic that the pods consume. */
  readonly partitions?: number;
};

const latency = /latency|duration|response_?time|_seconds(?:$|_mean|_p\d|_avg)|(?:^|_)p(?:50|9\d+)(?:$|_)/i;
const queue = /queue|backlog|lag(?:$|_)|pending|depth|unacked|messages/i;

export function lintHpa(hpa: Hpa, around: HpaSurroundings): HpaFinding[] {
  return [
    ...hpa.metrics.flatMap((metric) => aboutMetric(metric, lagsOf(around.scaled))),
    ...aboutMemory(hpa.metrics),
    ...aboutReplicas(hpa, around.minAvailable),
    ...aboutPartitions(hpa, around.partitions),
    ...aboutBehavior(hpa, around),
  ];
}

/** The metrics of Kafka triggers, which their names do not tell. */
function lagsOf(scaled: ScaledObject | undefined): string[] {
  return (scaled?.triggers ?? []).flatMap((trigger, index) =>
    isKafka(trigger) ? [metricNameOf(trigger, index)] : [],
  );
}

function aboutPartitions({ maxReplicas }: Hpa, partitions: number | undefined): HpaFinding[] {
  if (partitions === undefined || maxReplicas <= partitions) return [];
  return [{ code: 'MORE_THAN_PARTITIONS', severity: 'warning', args: { maxReplicas, partitions } }];
}

function aboutMetric(metric: MetricSpec, lags: readonly string[]): HpaFinding[] {
  const { type, name, target } = metric;
  if (type === 'Resource' || type === 'ContainerResource') return [];
  const args = { metric: name };
  if (latency.test(name)) return [{ code: 'LATENCY_AS_TARGET', severity: 'warning', args }];
  if (target.type === 'Value' && (queue.test(name) || lags.includes(name)))
    return [{ code: 'VALUE_ON_QUEUE', severity: 'warning', args }];
  return [];
}

function aboutMemory(metrics: readonly MetricSpec[]): HpaFinding[] {
  const named = (name: string) =>
    metrics.find(
      (each) => (each.type === 'Resource' || each.type === 'ContainerResource') && each.name === name,
    );
  const memory = named('memory');
  if (memory === undefined || named('cpu') === undefined) return [];
  const { target } = memory;
  const args =
    target.type === 'Utilization'
      ? ({ target: target.averageUtilization, unit: 'percent' } as const)
      : ({
          target: target.type === 'AverageValue' ? target.averageValue : target.value,
          unit: 'milli',
        } as const);
  return [{ code: 'MEMORY_BESIDE_CPU', severity: 'warning', args }];
}

function aboutReplicas({ minReplicas, maxReplicas }: Hpa, budget: number | string | undefined): HpaFinding[] {
  const found: HpaFinding[] = [];
  const minAvailable = budget === undefined ? undefined : podsOf(budget, minReplicas);
  if (minAvailable !== undefined && minReplicas > 0 && minAvailable >= minReplicas)
    found.push({ code: 'MIN_IS_MIN_AVAILABLE', severity: 'warning', args: { minReplicas, minAvailable } });
  if (minReplicas === maxReplicas)
    found.push({ code: 'MIN_IS_MAX', severity: 'info', args: { replicas: minReplicas } });
  return found;
}

function aboutBehavior({ behavior }: Hpa, { period, release }: HpaSurroundings): HpaFinding[] {
  const found: HpaFinding[] = [];
  const { scaleUp, scaleDown } = behavior ?? {};
  const windows = {
    scaleUp: scaleUp?.stabilizationWindowSeconds ?? 0,
    scaleDown: scaleDown?.stabilizationWindowSeconds ?? defaultFlags.downscaleStabilization,
  };
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const window = windows[direction];
    if (period !== undefined && window > period)
      found.push({ code: 'WINDOW_EXCEEDS_PERIOD', severity: 'warning', args: { direction, window, period } });
  }
  if (behavior === undefined) return found;
  if (behavior.scaleDown.selectPolicy === 'Disabled')
    found.push({ code: 'NEVER_SCALES_DOWN', severity: 'warning', args: {} });
  const own = [behavior.scaleUp, behavior.scaleDown].some(
    ({ tolerance }: ScalingRules) => tolerance !== undefined,
  );
  if (own && !featuresOf(release).ownTolerance)
    found.push({ code: 'TOLERANCE_IGNORED', severity: 'warning', args: { release } });
  return found;
}
