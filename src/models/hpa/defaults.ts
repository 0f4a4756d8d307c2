import type { Hpa, MetricSpec, ScalingRules, WrittenHpa, WrittenRules } from './spec.ts';

/** What the API server takes for `metrics` when there are none. */
export const defaultMetrics: readonly MetricSpec[] = [
  { type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
];

export const defaultScaleUp: ScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};

/** Without a window: the flag of the controller is one. */
export const defaultScaleDown: ScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

/**
 * Fills in what the API server fills in. An absent `behavior` stays absent, and one that is there, even empty, gets
 * both directions: the controller treats the two differently below four replicas.
 */
export function withDefaults({ behavior, ...written }: WrittenHpa): Hpa {
  const { minReplicas = 1, metrics = [] } = written;
  const filled = { ...written, minReplicas, metrics: metrics.length > 0 ? metrics : defaultMetrics };
  if (behavior === undefined) return filled;
  const scaleUp = fill(behavior.scaleUp, defaultScaleUp);
  const scaleDown = fill(behavior.scaleDown, defaultScaleDown);
  return { ...filled, behavior: { scaleUp, scaleDown } };
}

/** Field by field; a list of policies replaces the default list as a whole. */
function fill(written: WrittenRules | undefined, rules: ScalingRules): ScalingRules {
  return { ...rules, ...written };
}
