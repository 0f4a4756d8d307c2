import type { Controller } from './controller.ts';
import { meanOf, percentOf, toInt32 } from './integers.ts';
import { countReadyRunning, type Observation, type PodReading } from './observation.ts';
import { type Tally, tally } from './pod-groups.ts';
import { isWithinTolerance } from './tolerance.ts';

/** How many replicas one metric asks for, and what the status of the HPA shows of it. */
export type Proposal = {
  readonly replicas: number;
  /** Whole percent of the requests; null for a target that is no utilization. */
  readonly utilization: number | null;
  /** The mean of a pod, or the total of a `value` target, in milli-units. */
  readonly current: number;
};

/** Why a metric could not be computed. */
export type Failure = string;

/** Of Resource and ContainerResource with `averageUtilization`: weighted by requests, in whole percent. */
export function proposeUtilization(
  controller: Controller,
  seen: Observation,
  reading: PodReading,
  { cpu, target }: { cpu: boolean; target: number },
): Proposal | Failure {
  const sums = tally(controller, seen, reading, cpu, Math.max(100, target));
  const superfluous = reading.superfluous?.length ?? 0;
  const failure = failureOf(seen, sums, superfluous);
  if (failure !== undefined) return failure;
  if (sums.unrequested) return 'missing request for the resource in a container of a pod';
  if (sums.requests === 0) return 'no metrics returned matched known pods';
  const utilization = percentOf(sums.total, sums.requests);
  const ratio = utilization / target;
  const replicas = replicasFor(controller, seen.spec, sums, superfluous, ratio, (direction, withUnready) => {
    const used = sums.total + (direction < 0 ? sums.missingFill : 0);
    const requests =
      sums.requests + (direction === 0 ? 0 : sums.missingRequests) + (withUnready ? sums.unreadyRequests : 0);
    return percentOf(used, requests) / target;
  });
  return { replicas, utilization, current: meanOf(sums.total, sums.ready) };
}

/** Of Pods, and of Resource and ContainerResource with `averageValue`; `target` in milli-units. */
export function proposeAverage(
  controller: Controller,
  seen: Observation,
  reading: PodReading,
  { cpu, target }: { cpu: boolean; target: number },
): Proposal | Failure {
  const sums = tally(controller, seen, reading, cpu, 100);
  const superfluous = reading.superfluous?.length ?? 0;
  const failure = failureOf(seen, sums, superfluous);
  if (failure !== undefined) return failure;
  let total = sums.total;
  for (const value of reading.superfluous ?? []) total += value;
  const samples = sums.ready + superfluous;
  const current = meanOf(total, samples);
  const ratio = current / target;
  const replicas = replicasFor(controller, seen.spec, sums, superfluous, ratio, (direction, withUnready) => {
    const used = total + (direction < 0 ? sums.missing * target : 0);
    const count = samples + (direction === 0 ? 0 : sums.missing) + (withUnready ? sums.unready : 0);
    return meanOf(used, count) / target;
  });
  return { replicas, utilization: null, current };
}

function failureOf({ pods }: Observation, { ready }: Tally, superfluous: number): Failure | undefined {
  if (pods.length === 0) return 'no pods returned by selector while calculating replica count';
  if (ready + superfluous === 0) return 'did not receive metrics for targeted pods (pods might be unready)';
  return undefined;
}

/**
 * The rule that the per-pod metrics share. Pods without a sample are counted against the direction of `ratio`: at the
 * target on the way down, idle on the way up; pods that are not ready are idle on the way up and do not exist on the
 * way down. `extended` gives the ratio with them: direction -1, 0 or 1, and whether unready pods take part.
 */
function replicasFor(
  controller: Controller,
  spec: number,
  sums: Tally,
  superfluous: number,
  ratio: number,
  extended: (direction: number, withUnready: boolean) => number,
): number {
  const withUnready = sums.unready > 0 && ratio > 1;
  if (!withUnready && sums.missing === 0) {
    if (isWithin(controller, ratio)) return spec;
    return toInt32(Math.ceil(ratio * sums.ready), controller.features.capped);
  }
  const direction = Math.sign(ratio - 1);
  const again = extended(direction, withUnready);
  if (isWithin(controller, again)) return spec;
  if ((ratio < 1 && again > 1) || (ratio > 1 && again < 1)) return spec;
  const pods =
    sums.ready + superfluous + (direction === 0 ? 0 : sums.missing) + (withUnready ? sums.unready : 0);
  const replicas = toInt32(Math.ceil(again * pods), controller.features.capped);
  if ((again < 1 && replicas > spec) || (again > 1 && replicas < spec)) return spec;
  return replicas;
}

/** Of Object and External with `value`: `total` is taken to fall as replicas rise. Milli-units. */
export function proposeValue(
  controller: Controller,
  seen: Observation,
  total: number,
  target: number,
): Proposal | Failure {
  const { spec } = seen;
  const ratio = total / target;
  const proposal = (replicas: number) => ({ replicas, utilization: null, current: total });
  const { capped } = controller.features;
  if (spec === 0) return proposal(toInt32(Math.ceil(ratio), capped));
  if (isWithin(controller, ratio)) return proposal(spec);
  if (seen.readyRunning === undefined && seen.pods.length === 0)
    return 'unable to calculate ready pods: no pods returned by selector';
  const ready = seen.readyRunning ?? countReadyRunning(seen.pods);
  return proposal(toInt32(Math.ceil(ratio * ready), capped));
}

/** Of Object and External with `averageValue`: by the pods that exist, whatever their state. Milli-units. */
export function proposeTotalAverage(
  controller: Controller,
  { status }: Observation,
  total: number,
  target: number,
): Proposal {
  const ratio = total / (target * status);
  const replicas = isWithin(controller, ratio)
    ? status
    : toInt32(Math.ceil(total / target), controller.features.capped);
  return { replicas, utilization: null, current: status === 0 ? 0 : Math.ceil(total / status) };
}

function isWithin({ toleranceDown, toleranceUp, features }: Controller, ratio: number): boolean {
  return isWithinTolerance(ratio, toleranceDown, toleranceUp, features.toleranceBand);
}
