import type { Plan } from '../../planners/types.ts';
import { type KubernetesObject, metadataOf, nameIn, type Place } from '../object.ts';
import { burnRateGroups } from './burn-rate.ts';
import type { RuleGroup } from './rule.ts';
import { saturationGroup } from './saturation.ts';
import { storageGroup } from './storage.ts';
import { streamsGroup } from './streams.ts';

/** The groups of a rule file; none without a planned service. */
export function alertGroups(plan: Plan, place: Place = {}): RuleGroup[] {
  if (plan.hpa === null) return [];
  const { name } = plan.hpa.metadata;
  const target = { service: nameIn(name, place), container: name, namespace: place.namespace };
  const groups = [
    ...burnRateGroups(plan, target),
    saturationGroup(plan, target),
    storageGroup(plan, target),
    streamsGroup(plan, target),
  ];
  return groups.filter((group) => group !== undefined);
}

/** The same groups for prometheus-operator. */
export function prometheusRule(plan: Plan, place: Place = {}): KubernetesObject | undefined {
  if (plan.hpa === null) return undefined;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: metadataOf(plan.hpa.metadata.name, place),
    spec: { groups: alertGroups(plan, place) },
  };
}
