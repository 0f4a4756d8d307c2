import type { Plan } from '../../planners/types.ts';
import { formatBytes, formatPercent, formatRate, round } from '../../units.ts';
import { ACQUIRE, everyClass, REQUESTS } from '../platform-metrics.ts';
import {
  figure,
  inNamespace,
  ofContainer,
  ofService,
  type Rule,
  type RuleGroup,
  type Target,
} from './rule.ts';

/** The share of a limit at which there is still time to do something about it. */
const NEAR = 0.9;
/** Seconds: a pool in which one request in a hundred waits longer is too small. */
const LONG_WAIT = 0.01;

/** What a plan has no words for here is told by the name of its resource. */
const words: Readonly<Record<string, string>> = {
  platformCpu: 'the CPU of all replicas that the autoscaler may start',
  platformMemory: 'the memory of all replicas that the autoscaler may start',
  databaseCpu: 'the CPU of the database',
  connections: 'the database connections',
  iops: 'the operations of the volume',
  throughput: 'the throughput of the volume',
  cacheCpu: 'the core of the cache',
  consumers: 'the consumers, one for each partition at most',
  kafkaPartition: 'the hottest partition',
};

/** Alerts on the limits that the plan was made with. */
export function saturationGroup(plan: Plan, target: Target): RuleGroup {
  return {
    name: `${target.service}-saturation`,
    rules: [
      ...load(plan, target),
      ...processor(plan, target),
      ...memory(plan, target),
      ...connections(plan, target),
      ...atMaximum(plan, target),
    ],
  };
}

/** The rate of requests against what was planned for, and against the rate at which each resource is used up. */
function load({ load, saturations }: Plan, target: Target): Rule[] {
  if (load === null) return [];
  const { service } = target;
  const rate = `sum(rate(${REQUESTS}{${ofService(target)},${everyClass}}[5m]))`;
  return [
    {
      alert: 'LoadAbovePlan',
      expr: `${rate} > ${figure(load.withEvents)}`,
      for: '10m',
      labels: { severity: 'warning', service },
      annotations: {
        summary: `${service} gets more load than was planned for`,
        description: `{{ $value | humanize }} requests a second; the plan is for ${formatRate(load.withEvents)}. Plan again.`,
      },
    },
    ...saturations.map(
      ({ resource, atRate }): Rule => ({
        alert: 'CapacityNearlyUsedUp',
        expr: `${rate} > ${figure(NEAR * atRate)}`,
        for: '5m',
        labels: { severity: 'warning', service, resource },
        annotations: {
          summary: `${words[resource] ?? resource} will not carry much more`,
          description: `{{ $value | humanize }} requests a second; used up at ${formatRate(atRate)}.`,
        },
      }),
    ),
  ];
}

function processor({ cpu }: Plan, target: Target): Rule[] {
  if (cpu === null) return [];
  const { service } = target;
  return [
    {
      alert: 'CpuSaturated',
      expr:
        `sum(rate(container_cpu_usage_seconds_total{${ofContainer(target)}}[5m]))` +
        ` / sum(kube_pod_container_resource_requests{${ofContainer(target)},resource="cpu"}) > ${figure(cpu.saturation)}`,
      for: '5m',
      labels: { severity: 'critical', service },
      annotations: {
        summary: `${service} uses more CPU than its latency allows`,
        description: `{{ $value | humanizePercentage }} of the requested CPU; latency suffers above ${formatPercent(cpu.saturation)}.`,
      },
    },
  ];
}

function memory({ memory }: Plan, target: Target): Rule[] {
  if (memory === null) return [];
  const { service } = target;
  return [
    {
      alert: 'MemoryNearLimit',
      expr: `max by (pod) (container_memory_working_set_bytes{${ofContainer(target)}}) > ${figure(NEAR * memory.limit)}`,
      for: '5m',
      labels: { severity: 'critical', service },
      annotations: {
        summary: `{{ $labels.pod }} is about to be killed for its memory`,
        description: `{{ $value | humanize1024 }}B of ${formatBytes(memory.limit)}.`,
      },
    },
  ];
}

/** The pools of the replicas, and all sessions of the database against its planned `max_connections`. */
function connections({ connections }: Plan, target: Target): Rule[] {
  if (connections === null) return [];
  const { service } = target;
  const { recommended, poolPerReplica } = connections;
  const sessions: Rule = {
    alert: 'DatabaseConnectionsNearLimit',
    expr: `sum by (server) (pg_stat_activity_count) > ${figure(NEAR * recommended)}`,
    for: '5m',
    labels: { severity: 'critical', service },
    annotations: {
      summary: 'the database will soon refuse connections',
      description: `{{ $value | humanize }} sessions; max_connections was planned as ${round(recommended)}.`,
    },
  };
  if (poolPerReplica === null) return [sessions];
  const waits: Rule = {
    alert: 'PoolTooSmall',
    expr: `histogram_quantile(0.99, sum by (le) (rate(${ACQUIRE}_bucket{${ofService(target)}}[5m]))) > ${LONG_WAIT}`,
    for: '10m',
    labels: { severity: 'warning', service },
    annotations: {
      summary: `requests of ${service} wait for a database connection`,
      description: `One in a hundred waits {{ $value | humanizeDuration }}; the pool of a replica was planned as ${poolPerReplica}.`,
    },
  };
  return [waits, sessions];
}

function atMaximum({ hpa }: Plan, { service, namespace }: Target): Rule[] {
  if (hpa === null) return [];
  const selector = `{horizontalpodautoscaler="${service}"${inNamespace(namespace)}}`;
  const family = 'kube_horizontalpodautoscaler';
  return [
    {
      alert: 'AutoscalerAtMaximum',
      expr:
        `${family}_status_desired_replicas${selector}` +
        ` >= on (namespace, horizontalpodautoscaler) ${family}_spec_max_replicas${selector}`,
      for: '15m',
      labels: { severity: 'critical', service },
      annotations: {
        summary: `${service} has started all replicas that it may`,
        description: `{{ $value | humanize }} replicas for 15 minutes: more load will make it slower. Plan again or raise maxReplicas, planned as ${hpa.spec.maxReplicas}.`,
      },
    },
  ];
}
