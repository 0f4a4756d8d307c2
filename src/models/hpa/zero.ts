import type { Controller } from './controller.ts';

/** Has the HPA a metric that can tell of work while no pod runs? */
export function hasTotalMetric({ metrics }: Pick<Controller, 'metrics'>): boolean {
  return metrics.some(({ type }) => type === 'Object' || type === 'External');
}

/**
 * Is a target at zero replicas scaled at all? Up to 1.36 only with `minReplicas: 0`; since 1.37 only if the HPA itself
 * took it there, so that one who sets zero by hand is left alone.
 */
export function scalesFromZero(
  { minReplicas, scaledToZero, totalMetric }: ZeroGate,
  features: { readonly scaleToZero: boolean },
): boolean {
  if (!features.scaleToZero) return minReplicas === 0;
  return scaledToZero && (minReplicas > 0 || totalMetric);
}

export type ZeroGate = {
  readonly minReplicas: number;
  /** The condition ScaledToZero is True. */
  readonly scaledToZero: boolean;
  /** There is an Object or External metric. */
  readonly totalMetric: boolean;
};
