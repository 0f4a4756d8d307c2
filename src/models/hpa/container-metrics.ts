import type { Reading, Sample } from './observation.ts';

/**
 * What the metrics server returns of one pod: how much of the resource each container used, in milli-units; null for a
 * container that reports nothing of it. Times are seconds.
 */
export type PodMetrics = {
  readonly containers: Readonly<Record<string, number | null>>;
  readonly time: number;
  readonly window: number;
};

/** Requests of the pods for the resource, by the index of the pod. */
type Requests = readonly (number | null | undefined)[];

/** For the type Resource: the sum over the containers; a pod in which one reports nothing has no sample. */
export function resourceReading(pods: readonly (PodMetrics | null)[], requests: Requests): Reading {
  const samples = pods.map((pod) => pod && sampleOf(pod, Object.values(pod.containers)));
  return readingOf(samples, requests);
}

/** For the type ContainerResource: that container alone, and the metric fails when one of the pods is without it. */
export function containerReading(
  pods: readonly (PodMetrics | null)[],
  container: string,
  requests: Requests,
): Reading {
  const without = pods.some((pod) => pod !== null && !Object.hasOwn(pod.containers, container));
  if (without) return { kind: 'failed', failure: `container ${container} not present in metrics of a pod` };
  const samples = pods.map((pod) => pod && sampleOf(pod, [pod.containers[container] ?? null]));
  return readingOf(samples, requests);
}

function sampleOf({ time, window }: PodMetrics, values: readonly (number | null)[]): Sample | null {
  let value = 0;
  for (const each of values) {
    if (each === null) return null;
    value += each;
  }
  return { value, time, window };
}

function readingOf(samples: readonly (Sample | null)[], requests: Requests): Reading {
  if (samples.every((sample) => sample === null))
    return { kind: 'failed', failure: 'no metrics returned from resource metrics API' };
  return { kind: 'pods', samples, requests };
}
