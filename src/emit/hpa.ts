import type { Plan } from '../planners/types.ts';
import { labelsOf } from './labels.ts';

/** The planned `autoscaling/v2` HorizontalPodAutoscaler; undefined when no service was planned. */
export function hpa({ hpa }: Plan): object | undefined {
  if (hpa === null) return undefined;
  const { name } = hpa.metadata;
  return { ...hpa, metadata: { name, labels: labelsOf(name) } };
}
