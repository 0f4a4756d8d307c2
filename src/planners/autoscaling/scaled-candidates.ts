import { isExternal, metricNameOf, type ScaledObject, type Trigger } from '../../models/hpa/keda.ts';
import type { Hpa, MetricSpec } from '../../models/hpa/spec.ts';

/** The ScaledObject of which KEDA makes `hpa`, which differs from that of `base` in its targets, counts and behavior. */
export function scaledLike(base: ScaledObject, hpa: Hpa): ScaledObject {
  const { idleReplicaCount, behavior: _, ...rest } = base;
  // One replica is what an HPA keeps where KEDA keeps none.
  const sleeps = base.minReplicaCount === 0 && hpa.minReplicas === 1;
  const minReplicaCount = sleeps ? 0 : hpa.minReplicas;
  return {
    ...rest,
    minReplicaCount,
    maxReplicaCount: hpa.maxReplicas,
    ...(idleReplicaCount !== undefined && idleReplicaCount < minReplicaCount ? { idleReplicaCount } : {}),
    ...(hpa.behavior === undefined ? {} : { behavior: hpa.behavior }),
    triggers: base.triggers.map((trigger, index) => retargeted(trigger, index, hpa.metrics)),
  };
}

function retargeted(trigger: Trigger, index: number, metrics: readonly MetricSpec[]): Trigger {
  const name = isExternal(trigger) ? metricNameOf(trigger, index) : trigger.type;
  const target = metrics.find((metric) => metric.name === name)?.target;
  if (target === undefined) return trigger;
  if (!isExternal(trigger)) return target.type === 'Value' ? trigger : { ...trigger, target };
  if (target.type === 'Utilization') return trigger;
  const threshold = (target.type === 'Value' ? target.value : target.averageValue) / 1000;
  const field = trigger.type === 'prometheus' ? 'threshold' : 'lagThreshold';
  return { ...trigger, threshold, metadata: { ...trigger.metadata, [field]: String(threshold) } };
}
