import { withDefaults } from '../../models/hpa/defaults.ts';
import type { Hpa, MetricSpec } from '../../models/hpa/spec.ts';
import { HIGHEST_TARGET, pairedWith } from '../../models/rightsizing/paired-target.ts';
import {
  type PodRequest,
  type Replay,
  replayHpa,
  type TotalUse,
} from '../../models/rightsizing/replay-hpa.ts';
import type { Grid } from '../../models/rightsizing/use.ts';
import { cores, MIB, MILLI, upTo } from './container.ts';
import type { RightsizingFinding } from './findings.ts';
import type { Count, HpaAdvice, PairedTarget, RecordedHpa, ResourceName, WorkloadHistory } from './types.ts';

const units = { cpu: MILLI, memory: MIB } as const;
/** Shares of the time from which on it matters that an HPA is at an end of its range. */
const AT_MAX = 0.01;
const AT_MIN = 0.9;
/** A request that is larger than what is used by less is so by rounding to whole percent. */
const HELD_UP = 1.05;

/** The resources that `hpa` scales by, or only those of which it does so by the share of the request. */
export function scaledBy(hpa: RecordedHpa | null, only?: 'utilization'): ResourceName[] {
  const targets = hpa?.targets.filter(({ type }) => only === undefined || type === only) ?? [];
  return targets.map(({ metric }) => metric).filter(isResource);
}

function isResource(metric: string): metric is ResourceName {
  return metric === 'cpu' || metric === 'memory';
}

/** Of a whole pod; null where a container has none, since the HPA then fails. */
export type PodRequests = { readonly now: PodRequest; readonly wanted: { cpu: number; memory: number } };

/**
 * The requests and targets of an HPA's resource metrics, moved together so that it goes on to hold pods at what it holds
 * them at; or at `podTarget` cores of CPU. None without resource metrics.
 */
export function pairTargets(
  { targets }: RecordedHpa,
  { now, wanted }: PodRequests,
  podTarget: number | null,
): PairedTarget[] {
  return targets.flatMap(({ metric, type, value }) => {
    if (!isResource(metric) || type === 'value') return [];
    return [
      type === 'average'
        ? pairAmount(metric, value, now[metric], wanted[metric], metric === 'cpu' ? podTarget : null)
        : pairPercent(metric, value, now[metric], wanted[metric], metric === 'cpu' ? podTarget : null),
    ];
  });
}

function pairPercent(
  resource: ResourceName,
  targetNow: number,
  requestNow: number | null,
  wanted: number,
  podTarget: number | null,
): PairedTarget {
  const unit = units[resource];
  const whole = (amount: number) => Math.max(1, Math.round(upTo(amount, unit) / unit));
  const heldAt = requestNow === null ? null : { request: whole(requestNow), target: targetNow };
  const held = podTarget === null ? heldAt : { request: whole(podTarget), target: 100 };
  const pair =
    held === null
      ? { request: whole(wanted), target: Math.min(HIGHEST_TARGET, targetNow) }
      : pairedWith(held, whole(wanted));
  const requestThen = amountOf(pair.request, resource);
  return {
    resource,
    type: 'utilization',
    requestNow,
    requestThen,
    targetNow,
    targetThen: pair.target,
    heldNow: requestNow === null ? null : (requestNow * targetNow) / 100,
    heldThen: (requestThen * pair.target) / 100,
  };
}

/** An amount is held whatever the request is; the request must let it, and the tolerance above it, be seen. */
function pairAmount(
  resource: ResourceName,
  targetNow: number,
  requestNow: number | null,
  wanted: number,
  podTarget: number | null,
): PairedTarget {
  const unit = units[resource];
  const targetThen = podTarget ?? targetNow;
  const least = (targetThen * 100) / HIGHEST_TARGET;
  const requestThen = amountOf(Math.round(upTo(Math.max(wanted, least), unit) / unit), resource);
  const held = { heldNow: targetNow, heldThen: targetThen };
  return { resource, type: 'average', requestNow, requestThen, targetNow, targetThen, ...held };
}

function amountOf(whole: number, resource: ResourceName): number {
  return resource === 'cpu' ? cores(whole) : whole * MIB;
}

/** What `hpa` does with the recorded use before and after, and if only the requests were changed. */
export function adviseHpa(
  history: WorkloadHistory,
  hpa: RecordedHpa,
  requests: PodRequests,
  pairs: readonly PairedTarget[],
): { advice: HpaAdvice; findings: RightsizingFinding[] } {
  const findings = [...unknownOf(hpa), ...pairs.flatMap((pair) => findingsOf(hpa, pair, requests))];
  const scales = scaledBy(hpa);
  if (pairs.length === 0) return { advice: { ...hpa, scales, pairs, replicas: null }, findings };
  const { replicas, ends } = replayAll(history, hpa, requests, pairs);
  return { advice: { ...hpa, scales, pairs, replicas }, findings: [...findings, ...ends] };
}

function unknownOf({ name, targets }: RecordedHpa): RightsizingFinding[] {
  const metrics = targets
    .filter(({ metric, type }) => !isResource(metric) || type === 'value')
    .map(({ metric }) => metric);
  return metrics.length === 0
    ? []
    : [{ code: 'HPA_BY_HAND', severity: 'warning', args: { hpa: name, metrics } }];
}

function findingsOf(
  { name }: RecordedHpa,
  pair: PairedTarget,
  { wanted }: PodRequests,
): RightsizingFinding[] {
  const { resource, type, requestNow, requestThen, heldThen } = pair;
  const findings: RightsizingFinding[] = [];
  if (type === 'utilization' && requestNow === null)
    findings.push({ code: 'HPA_WITHOUT_REQUEST', severity: 'error', args: { hpa: name, resource } });
  const used = wanted[resource];
  if (requestThen > used * HELD_UP) {
    const args = { hpa: name, resource, used, request: requestThen, held: heldThen };
    findings.push({ code: 'HELD_UP_BY_HPA', severity: 'info', args });
  }
  return findings;
}

function replayAll(
  { grid, containers }: WorkloadHistory,
  hpa: RecordedHpa,
  requests: PodRequests,
  pairs: readonly PairedTarget[],
): { replicas: HpaAdvice['replicas']; ends: RightsizingFinding[] } {
  const use: TotalUse = {
    cpu: totalOf(containers, 'cpu', grid),
    memory: totalOf(containers, 'memory', grid),
  };
  const recorded = podCounts(containers, grid);
  const start = recorded.find((count) => count > 0) ?? hpa.minReplicas;
  const replay = (target: (pair: PairedTarget) => number, request: PodRequest) =>
    replayHpa(hpaWith(hpa, pairs, target), grid, use, request, start);
  const advised = (resource: ResourceName) =>
    pairs.find((pair) => pair.resource === resource)?.requestThen ?? requests.wanted[resource];
  const before = replay(({ targetNow }) => targetNow, requests.now);
  const after = replay(({ targetThen }) => targetThen, { cpu: advised('cpu'), memory: advised('memory') });
  const alone = replay(({ targetNow }) => targetNow, requests.wanted);
  const replicas = {
    recorded: countOf(recorded),
    before: meanAndMost(before),
    after: meanAndMost(after),
    alone: meanAndMost(alone),
    same: before.replicas.filter((count, i) => count === after.replicas[i]).length / grid.steps,
  };
  return { replicas, ends: endsOf(hpa, before, after) };
}

/** Was it at an end of its range, or would it be? */
function endsOf(
  { name: hpa, minReplicas, maxReplicas }: RecordedHpa,
  before: Replay,
  after: Replay,
): RightsizingFinding[] {
  const findings: RightsizingFinding[] = [];
  const isWorse = after.atMax > before.atMax + AT_MAX;
  const share = isWorse ? after.atMax : before.atMax;
  if (share >= AT_MAX && maxReplicas > minReplicas) {
    const when = isWorse ? 'advised' : 'now';
    findings.push({
      code: 'HPA_AT_MAX',
      severity: 'warning',
      args: { hpa, replicas: maxReplicas, share, when },
    });
  }
  if (before.atMin >= AT_MIN) {
    const args = { hpa, replicas: minReplicas, share: before.atMin };
    findings.push({ code: 'HPA_AT_MIN', severity: 'info', args });
  }
  return findings;
}

/** With its resource metrics alone, at the targets of `target`. */
function hpaWith(
  { name, minReplicas, maxReplicas }: RecordedHpa,
  pairs: readonly PairedTarget[],
  target: (pair: PairedTarget) => number,
): Hpa {
  const metrics = pairs.map((pair): MetricSpec => {
    const value = target(pair);
    return {
      type: 'Resource',
      name: pair.resource,
      target:
        pair.type === 'utilization'
          ? { type: 'Utilization', averageUtilization: value }
          : { type: 'AverageValue', averageValue: Math.round(value * 1000) },
    };
  });
  const scaleTarget = { kind: 'Deployment', name };
  return withDefaults({ name, scaleTarget, minReplicas: Math.max(1, minReplicas), maxReplicas, metrics });
}

function meanAndMost({ mean, most }: Replay): Count {
  return { mean, most };
}

/** What all pods used together; NaN where none was recorded. */
function totalOf(
  containers: WorkloadHistory['containers'],
  resource: ResourceName,
  { steps }: Grid,
): Float64Array {
  const total = new Float64Array(steps).fill(Number.NaN);
  for (const { pods } of containers) {
    for (const { [resource]: values } of pods) {
      for (let i = 0; i < steps; i++) {
        const value = values[i] as number;
        if (Number.isNaN(value)) continue;
        const sum = total[i] as number;
        total[i] = Number.isNaN(sum) ? value : sum + value;
      }
    }
  }
  return total;
}

/** Pods of which something was recorded, by step. */
export function podCounts(containers: WorkloadHistory['containers'], { steps }: Grid): Int32Array {
  const uses = new Map<string, Float64Array[]>();
  for (const { pods } of containers)
    for (const { pod, cpu, memory } of pods) uses.set(pod, [...(uses.get(pod) ?? []), cpu, memory]);
  const counts = new Int32Array(steps);
  for (const series of uses.values())
    for (let i = 0; i < steps; i++)
      if (series.some((values) => !Number.isNaN(values[i]))) counts[i] = (counts[i] as number) + 1;
  return counts;
}

/** Over the steps in which there was any. */
export function countOf(counts: Int32Array): Count {
  const there = counts.filter((count) => count > 0);
  if (there.length === 0) return { mean: 0, most: 0 };
  return {
    mean: there.reduce((sum, count) => sum + count, 0) / there.length,
    most: there.reduce((most, count) => Math.max(most, count), 0),
  };
}
