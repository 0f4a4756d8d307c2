import type { Plan } from '../../src/planners/types.ts';

/** The target of the planned autoscaler in percent of the CPU request. Throws when it is another. */
export function cpuTargetOf({ hpa }: Plan): number {
  const [metric] = hpa?.spec.metrics ?? [];
  if (metric?.type !== 'Resource') throw new Error('the plan scales on something other than CPU');
  return metric.resource.target.averageUtilization;
}
