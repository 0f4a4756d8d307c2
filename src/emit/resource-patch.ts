import type { PairedTarget, ResourceName, Strategy, WorkloadAdvice } from '../planners/rightsizing/types.ts';
import { cpuQuantity, memoryQuantity } from '../units.ts';

/** A resource and its quantity; null deletes it. */
type Part = [ResourceName, string | null];

const quantity = { cpu: cpuQuantity, memory: memoryQuantity } as const;

/**
 * A strategic-merge patch of the workload's containers, or undefined when it is to stay as it is. A limit that is to go
 * is null, which deletes it. A resource that an HPA scales by is left alone unless its target is patched too.
 */
export function resourcePatch(
  { namespace, kind, name, containers, hpa }: WorkloadAdvice,
  chosen: Strategy,
): object | undefined {
  const isFree = (resource: ResourceName) =>
    !hpa?.scales.includes(resource) || (chosen === 'fxscale' && isWritable({ hpa }));
  const patched = containers.flatMap(({ name: container, now, advice }) => {
    const all = (['cpu', 'memory'] as const).flatMap((resource) => {
      const amounts = advice[chosen][resource];
      return amounts === null || !isFree(resource) ? [] : [{ resource, from: now[resource], to: amounts }];
    });
    const requests = all.flatMap(({ resource, to }): Part[] =>
      to.request === null ? [] : [[resource, quantity[resource](to.request)]],
    );
    const limits = all.flatMap(({ resource, from, to }): Part[] => {
      if (to.limit === null) return from.limit === null ? [] : [[resource, null]];
      return [[resource, quantity[resource](to.limit)]];
    });
    if (requests.length + limits.length === 0) return [];
    const resources = {
      ...(requests.length === 0 ? {} : { requests: Object.fromEntries(requests) }),
      ...(limits.length === 0 ? {} : { limits: Object.fromEntries(limits) }),
    };
    return [{ name: container, resources }];
  });
  if (patched.length === 0) return undefined;
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: { template: { spec: { containers: patched } } },
  };
}

/**
 * A patch with the HPA's new targets: its metrics are one list, which is written as a whole. Undefined when no target
 * changes, or some of its metrics are not known well enough to be written.
 */
export function targetPatch({ namespace, hpa }: WorkloadAdvice): object | undefined {
  if (hpa === null || !isWritable({ hpa })) return undefined;
  if (hpa.pairs.every(({ targetNow, targetThen }) => targetNow === targetThen)) return undefined;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: hpa.name, namespace },
    spec: { metrics: hpa.pairs.map(metricOf) },
  };
}

function metricOf({ resource, type, targetThen }: PairedTarget): object {
  const target =
    type === 'utilization'
      ? { type: 'Utilization', averageUtilization: targetThen }
      : { type: 'AverageValue', averageValue: quantity[resource](targetThen) };
  return { type: 'Resource', resource: { name: resource, target } };
}

/** Every target of the HPA is one of a resource. */
function isWritable({ hpa }: Pick<WorkloadAdvice, 'hpa'>): boolean {
  return hpa === null || hpa.pairs.length === hpa.targets.length;
}
