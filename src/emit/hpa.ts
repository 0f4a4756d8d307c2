import type { Plan } from '../planners/types.ts';
import { type KubernetesObject, metadataOf, nameIn, type Place } from './object.ts';

/** The planned `autoscaling/v2` HorizontalPodAutoscaler; undefined when no service was planned. */
export function hpa({ hpa }: Plan, place: Place = {}): KubernetesObject | undefined {
  if (hpa === null) return undefined;
  const { scaleTargetRef, ...spec } = hpa.spec;
  return {
    apiVersion: hpa.apiVersion,
    kind: hpa.kind,
    metadata: metadataOf(hpa.metadata.name, place),
    spec: { scaleTargetRef: { ...scaleTargetRef, name: nameIn(scaleTargetRef.name, place) }, ...spec },
  };
}
