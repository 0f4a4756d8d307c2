import type { Plan } from '../planners/types.ts';
import { labelsOf } from './labels.ts';

/**
 * The `policy/v1` PodDisruptionBudget: a drain may take as many pods at once as the plan survives losing. It says what
 * may be missing and not what must be there, and so never blocks a drain when the autoscaler is at its minimum.
 */
export function podDisruptionBudget(plan: Plan): object | undefined {
  if (plan.hpa === null) return undefined;
  const { availability, zones } = plan.inputs;
  const { name } = plan.hpa.metadata;
  const labels = labelsOf(name);
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, labels },
    spec: {
      // A percentage is rounded up, so that this is never zero.
      maxUnavailable: availability === 'zone' ? `${Math.floor(100 / zones)}%` : 1,
      selector: { matchLabels: labels },
      // A pod that is not ready serves nobody: evicting it costs nothing.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
