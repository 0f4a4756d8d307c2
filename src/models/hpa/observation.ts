/** What one sync sees of the world. Times are seconds on any one clock, values milli-units. */
export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** A pod that the selector of the scale target matches. */
export type Pod = {
  readonly phase: PodPhase;
  /** It has a deletion timestamp: it is terminating. */
  readonly deleting: boolean;
  /** The status of its Ready condition; null without one. */
  readonly ready: boolean | null;
  /** When the Ready condition last changed; not read without one. */
  readonly readySince: number;
  /** When a kubelet took the pod; null before that. */
  readonly startedAt: number | null;
};

/** What the metrics server knows of one pod: `value` over the `window` seconds that ended at `time`. */
export type Sample = { readonly value: number; readonly time: number; readonly window: number };

/** The answer of the metrics server for one metric of the HPA. */
export type Reading = PodReading | TotalReading | FailedReading;

/** For the types Resource, ContainerResource and Pods: arrays by the index of the pod in `pods`, or longer. */
export type PodReading = {
  readonly kind: 'pods';
  /** Nothing for a pod that has no sample. */
  readonly samples: readonly (Sample | null | undefined)[];
  /** Requests of the pods for the resource (of one container for ContainerResource); only utilization reads them. */
  readonly requests?: readonly (number | null | undefined)[];
  /** Values of pods that are no longer there. */
  readonly superfluous?: readonly number[];
};

/** For the types Object (its value) and External (the sum of all series). */
export type TotalReading = { readonly kind: 'total'; readonly value: number };

export type FailedReading = { readonly kind: 'failed'; readonly failure: string };

export type Observation = {
  readonly now: number;
  /** `scale.spec.replicas`: what the target is asked to run. */
  readonly spec: number;
  /** `scale.status.replicas`: pods that exist, ready or not. */
  readonly status: number;
  readonly pods: readonly Pod[];
  /** By the index of the metric in the HPA. */
  readonly readings: readonly Reading[];
  /** Pods that are Running and Ready, deleting ones included; counted from `pods` when absent. */
  readonly readyRunning?: number;
  /** What the API server, or the selector of the target, does not let the controller do in this sync. */
  readonly fault?: 'GetScale' | 'UpdateScale' | 'InvalidSelector' | 'AmbiguousSelector';
};

/** Pods that are Running and Ready: what Object and External with `value` multiply, deleting ones included. */
export function countReadyRunning(pods: readonly Pod[]): number {
  let count = 0;
  for (const pod of pods) if (pod.phase === 'Running' && pod.ready === true) count++;
  return count;
}
