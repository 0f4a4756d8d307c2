import type { Plan } from '../planners/types.ts';
import { type KubernetesObject, labelsOf, metadataOf, type Place } from './object.ts';

/**
 * The `policy/v1` PodDisruptionBudget: a drain may take as many pods at once as the plan survives losing. It says what
 * may be missing and not what must be there, and so never blocks a drain when the autoscaler is at its minimum.
 */
export function podDisruptionBudget(plan: Plan, place: Place = {}): KubernetesObject | undefined {
  if (plan.hpa === null) return undefined;
  const { availability, zones } = plan.inputs;
  const { name } = plan.hpa.metadata;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(name, place),
    spec: {
      // A percentage is rounded up, so that this is never zero.
      maxUnavailable: availability !== 'replica' ? `${Math.floor(100 / zones)}%` : 1,
      selector: { matchLabels: labelsOf(name, place) },
      // A pod that is not ready serves nobody: evicting it costs nothing.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  };
}
