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
  ready: number;
  /** Pods with a sample that counts, its sum and that of their requests. */
  samples: number;
  total: number;
  requests: number;
  missing: number;
  missingRequests: number;
  /** What pods without a sample are taken to use on the way down. */
  missingFill: number;
  unready: number;
  unreadyRequests: number;
  /** A pod has no request for the resource. */
  unrequested: boolean;
};

/** `fill` is the percent of its request that a pod without a sample is taken to use on the way down. */
export function tally(
  controller: Controller,
  { pods, now }: Observation,
  { samples, requests }: PodReading,
  cpu: boolean,
  fill: number,
): Tally {
  const sums: Tally = {
    ready: 0,
    samples: 0,
    total: 0,
    requests: 0,
    missing: 0,
    missingRequests: 0,
    missingFill: 0,
    unready: 0,
    unreadyRequests: 0,
    unrequested: requests === undefined,
  };
  for (let i = 0; i < pods.length; i++) {
    const pod = pods[i] as Pod;
    const sample = samples[i];
    const request = requests?.[i] ?? 0;
    if (requests !== undefined && typeof requests[i] !== 'number') sums.unrequested = true;
    const group = groupOf(controller, pod, sample, cpu, now);
    if (group === 'ready') {
      sums.ready++;
      sums.samples++;
      sums.total += sample?.value ?? 0;
      sums.requests += request;
    } else if (group === 'missing') {
      sums.missing++;
      sums.missingRequests += request;
      sums.missingFill += shareOf(request, fill);
    } else if (group === 'unready') {
      sums.unready++;
      sums.unreadyRequests += request;
    }
  }
  return sums;
}
