import type { Controller } from './controller.ts';
import { isAfter, isBefore } from './instant.ts';
import { shareOf } from './integers.ts';
import type { Observation, Pod, PodReading, Sample } from './observation.ts';

/** What a metric makes of a pod: only `ready` ones are counted with their sample. */
export type Group = 'ignored' | 'unready' | 'missing' | 'ready';

/** `groupPods` of `replica_calculator.go`; first match wins. */
export function groupOf(
  controller: Controller,
  pod: Pod,
  sample: Sample | null | undefined,
  cpu: boolean,
  now: number,
): Group {
  if (pod.deleting || pod.phase === 'Failed') return 'ignored';
  if (pod.phase === 'Succeeded' && controller.features.succeededIgnored) return 'ignored';
  if (pod.phase === 'Pending') return 'unready';
  if (sample === null || sample === undefined) return 'missing';
  return cpu && isStarting(controller, pod, sample, now) ? 'unready' : 'ready';
}

/** Is the CPU that the pod used still that of its start? */
function isStarting(controller: Controller, pod: Pod, sample: Sample, now: number): boolean {
  if (pod.ready === null || pod.startedAt === null) return true;
  if (isAfter(pod.startedAt + controller.cpuInitializationPeriod, now)) {
    return !pod.ready || isBefore(sample.time, pod.readySince + sample.window);
  }
  return !pod.ready && isAfter(pod.startedAt + controller.initialReadinessDelay, pod.readySince);
}

/** Sums over the groups. Values and requests are milli-units. */
export type Tally = {
  /** Pods with a sample that counts, the sum of those and that of their requests. */
  readonly ready: number;
  readonly total: number;
  readonly requests: number;
  readonly missing: number;
  readonly missingRequests: number;
  /** What pods without a sample are taken to use on the way down. */
  readonly missingFill: number;
  readonly unready: number;
  readonly unreadyRequests: number;
  /** A pod has no request for the resource. */
  readonly unrequested: boolean;
};

/**
 * `fill` is the percent of its request that a pod without a sample is taken to use on the way down. The sums are
 * variables, and not yet fields, because this is the loop in which a simulation spends its time.
 */
export function tally(
  controller: Controller,
  { pods, now }: Observation,
  { samples, requests: requested }: PodReading,
  cpu: boolean,
  fill: number,
): Tally {
  let ready = 0;
  let total = 0;
  let requests = 0;
  let missing = 0;
  let missingRequests = 0;
  let missingFill = 0;
  let unready = 0;
  let unreadyRequests = 0;
  let unrequested = requested === undefined;
  for (let i = 0; i < pods.length; i++) {
    const sample = samples[i];
    let request = 0;
    if (requested !== undefined) {
      const given = requested[i];
      if (typeof given === 'number') request = given;
      else unrequested = true;
    }
    const group = groupOf(controller, pods[i] as Pod, sample, cpu, now);
    if (group === 'ready') {
      ready++;
      total += (sample as Sample).value;
      requests += request;
    } else if (group === 'missing') {
      missing++;
      missingRequests += request;
      missingFill += shareOf(request, fill);
    } else if (group === 'unready') {
      unready++;
      unreadyRequests += request;
    }
  }
  return {
    ready,
    total,
    requests,
    missing,
    missingRequests,
    missingFill,
    unready,
    unreadyRequests,
    unrequested,
  };
}
