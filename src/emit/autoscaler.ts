import type { Hpa, MetricSpec, WrittenRules } from '../models/hpa/spec.ts';

/** An HPA as the object of its manifest. */
export function autoscaler({ name, namespace, scaleTarget, ...spec }: Hpa): object {
  const { minReplicas, maxReplicas, metrics, behavior } = spec;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      scaleTargetRef: scaleTarget,
      minReplicas,
      maxReplicas,
      metrics: metrics.map(metricOf),
      ...(behavior === undefined
        ? {}
        : { behavior: { scaleUp: rulesOf(behavior.scaleUp), scaleDown: rulesOf(behavior.scaleDown) } }),
    },
  };
}

function metricOf(metric: MetricSpec): object {
  const target = targetOf(metric.target);
  const { type, name } = metric;
  if (type === 'Resource') return { type, resource: { name, target } };
  if (type === 'ContainerResource')
    return { type, containerResource: { name, container: metric.container, target } };
  const described = { name, ...(metric.selector === undefined ? {} : { selector: metric.selector }) };
  if (type === 'Pods') return { type, pods: { metric: described, target } };
  if (type === 'External') return { type, external: { metric: described, target } };
  return { type, object: { describedObject: metric.object, metric: described, target } };
}

function targetOf(target: MetricSpec['target']): object {
  if (target.type === 'Utilization') return target;
  if (target.type === 'Value') return { type: target.type, value: quantity(target.value) };
  return { type: target.type, averageValue: quantity(target.averageValue) };
}

/** Milli-units as a Kubernetes quantity. */
export function quantity(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

export function rulesOf({ tolerance, ...rules }: WrittenRules): object {
  return { ...rules, ...(tolerance === undefined ? {} : { tolerance: String(tolerance) }) };
}
