import { active, type Condition } from './conditions.ts';
import type { Controller } from './controller.ts';
import type { Observation, Reading } from './observation.ts';
import {
  type Failure,
  type Proposal,
  proposeAverage,
  proposeTotalAverage,
  proposeUtilization,
  proposeValue,
} from './replicas.ts';
import type { LabelSelector, MetricSpec } from './spec.ts';

/** What the metrics of one HPA ask for together. */
export type Combined = {
  /** The largest; null when nothing may be changed. */
  readonly replicas: number | null;
  /** The index of the metric that asks for it. */
  readonly by: number;
  readonly active: Condition;
  /** Why the first of those metrics that could not be computed was not. */
  readonly failure: Failure | null;
  readonly metrics: readonly (Proposal | Failure)[];
};

/** The largest proposal; a metric that fails only keeps the HPA from scaling down. */
export function combine(controller: Controller, seen: Observation): Combined {
  const proposals: (Proposal | Failure)[] = [];
  let replicas = 0;
  let by = -1;
  let failures = 0;
  let first: Condition = active.ValidMetricFound;
  let failure: Failure | null = null;
  for (let i = 0; i < controller.metrics.length; i++) {
    const metric = controller.metrics[i] as MetricSpec;
    const proposal = propose(controller, seen, metric, seen.readings[i]);
    proposals.push(proposal);
    if (typeof proposal === 'string') {
      if (failures === 0) {
        first = active[metric.type];
        failure = proposal;
      }
      failures++;
    } else if (replicas === 0 || proposal.replicas > replicas) {
      replicas = proposal.replicas;
      by = i;
    }
  }
  const blocked = failures >= proposals.length || (failures > 0 && replicas < seen.spec);
  return {
    replicas: blocked ? null : replicas,
    by,
    active: blocked ? first : active.ValidMetricFound,
    failure,
    metrics: proposals,
  };
}

function propose(
  controller: Controller,
  seen: Observation,
  metric: MetricSpec,
  reading: Reading | undefined,
): Proposal | Failure {
  if (reading === undefined) return 'no metrics were returned';
  if (reading.kind === 'failed') return reading.failure;
  const { target } = metric;
  if (metric.type === 'Object' || metric.type === 'External') {
    if (reading.kind !== 'total') return 'a value for each pod was returned instead of a total';
    return target.type === 'Value'
      ? proposeValue(controller, seen, reading.value, target.value)
      : proposeTotalAverage(controller, seen, reading.value, averageOf(target));
  }
  if (reading.kind !== 'pods') return 'a total was returned instead of a value for each pod';
  const cpu = metric.type !== 'Pods' && metric.name === 'cpu';
  return target.type === 'Utilization'
    ? proposeUtilization(controller, seen, reading, { cpu, target: target.averageUtilization })
    : proposeAverage(controller, seen, reading, { cpu, target: averageOf(target) });
}

function averageOf(target: MetricSpec['target']): number {
  return target.type === 'AverageValue' ? target.averageValue : Number.NaN;
}

/** The name of a metric in the reason of a rescale event, as the controller words it. */
export function metricName(metric: MetricSpec): string {
  const { name, target } = metric;
  switch (metric.type) {
    case 'Resource':
      return target.type === 'Utilization'
        ? `${name} resource utilization (percentage of request)`
        : `${name} resource`;
    case 'ContainerResource':
      return target.type === 'Utilization'
        ? `${name} container resource utilization (percentage of request)`
        : `${name} resource`;
    case 'Pods':
      return `pods metric ${name}`;
    case 'Object':
      // With averageValue the controller calls it external; kubernetes/kubernetes PR 142615.
      if (target.type === 'Value') return `${metric.object.kind} metric ${name}`;
      return `external metric ${name}(${selectorText(metric.selector)})`;
    case 'External':
      return `external metric ${name}(${selectorText(metric.selector)})`;
  }
}

/** A label selector as Go prints it. */
function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = labels.map(([key, value]) => `${key}: ${value},`).join('');
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${pairs}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}
