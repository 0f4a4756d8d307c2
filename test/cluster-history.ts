import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Where the recorded history ends: seconds since 1970. */
export const UNTIL = Date.parse('2026-11-20T12:00:00Z') / 1000;
export const DAYS = 8;
/** Seconds between two readings. */
const STEP = 600;
const FROM = UNTIL - DAYS * 86_400;
const MIB = 2 ** 20;

type Labels = Record<string, string>;

/** Series by metric, as OpenMetrics wants them: a metric's samples together. */
class Exposition {
  readonly #metrics = new Map<string, string[]>();

  add(metric: string, labels: Labels, valueAt: (t: number) => number | undefined, from = FROM): void {
    const lines = this.#metrics.get(metric) ?? [];
    this.#metrics.set(metric, lines);
    const text = Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join(',');
    for (let t = from; t <= UNTIL; t += STEP) {
      const value = valueAt(t);
      if (value !== undefined) lines.push(`${metric}{${text}} ${value} ${t}`);
    }
  }

  toString(): string {
    return `${[...this.#metrics]
      .map(([metric, lines]) =>
        [
          `# TYPE ${metric.replace(/_total$/, '')} ${metric.endsWith('_total') ? 'counter' : 'gauge'}`,
          ...lines,
        ].join('\n'),
      )
      .join('\n')}\n# EOF\n`;
  }
}

/** The pods of the HPA's Deployment follow this load: cores together, from 0.4 at night to 2.4 at 14:00 UTC. */
export function loadAt(t: number): number {
  const hour = (t / 3600) % 24;
  return 1.4 - Math.cos(((hour - 2) / 24) * 2 * Math.PI);
}

/** It holds a pod at 60 % of 500m. */
export function replicasAt(t: number): number {
  return Math.min(8, Math.max(2, Math.ceil(loadAt(t) / 0.3)));
}

type Pod = {
  pod: string;
  container: string;
  owner: [kind: string, name: string];
  cpu: (t: number) => number | undefined;
  memory: (t: number) => number;
  requests?: { cpu?: number; memory?: number };
  limits?: { cpu?: number; memory?: number };
};

const NEVER = (t: number) => t >= FROM;

function addPod(
  all: Exposition,
  { pod, container, owner, cpu, memory, requests = {}, limits = {} }: Pod,
): void {
  const namespace = 'trading';
  const own = { namespace, pod, container };
  const isThere = (t: number) => cpu(t) !== undefined;
  let used = 0;
  all.add('container_cpu_usage_seconds_total', { ...own, id: `/kubepods/${pod}` }, (t) => {
    const cores = cpu(t);
    if (cores === undefined) return undefined;
    used += cores * STEP;
    return used;
  });
  all.add('container_memory_working_set_bytes', own, (t) => (isThere(t) ? memory(t) : undefined));
  const last = [...Array(DAYS * 144).keys()].map((i) => UNTIL - i * STEP).find(isThere) ?? UNTIL;
  // What does not change is only told by the last readings of a pod.
  const state = (metric: string, labels: Labels, value: number) =>
    all.add(metric, labels, (t) => (isThere(t) && t > last - 2 * STEP ? value : undefined), last - 2 * STEP);
  state('kube_pod_owner', { namespace, pod, owner_kind: owner[0], owner_name: owner[1] }, 1);
  state('kube_pod_container_info', own, 1);
  for (const [metric, amounts] of Object.entries({ requests, limits }))
    for (const [resource, value] of Object.entries(amounts))
      state(`kube_pod_container_resource_${metric}`, { ...own, resource }, value);
}

/**
 * Eight days of a cluster: `api` under an HPA, `web` whose container was ended for its memory twice and is throttled,
 * `fresh` that is a day old, a StatefulSet `store` with a sidecar and no limits, and the pod of a Job.
 */
function clusterHistory(): string {
  const all = new Exposition();
  const namespace = 'trading';
  for (const [replicaSet, name] of [
    ['api-7c9', 'api'],
    ['web-5d4', 'web'],
    ['fresh-1a2', 'fresh'],
  ] as const)
    all.add(
      'kube_replicaset_owner',
      { namespace, replicaset: replicaSet, owner_kind: 'Deployment', owner_name: name },
      () => 1,
      UNTIL - 2 * STEP,
    );
  for (let i = 0; i < 8; i++)
    addPod(all, {
      ...{ pod: `api-7c9-${i}aaaa`, container: 'api', owner: ['ReplicaSet', 'api-7c9'] },
      cpu: (t) => (replicasAt(t) > i ? loadAt(t) / replicasAt(t) : undefined),
      memory: (t) => (300 + 20 * Math.sin(t / 7000 + i)) * MIB,
      requests: { cpu: 0.5, memory: 1024 * MIB },
      limits: { cpu: 1, memory: 1024 * MIB },
    });
  for (const i of [0, 1])
    addPod(all, {
      ...{ pod: `web-5d4-${i}bbbb`, container: 'web', owner: ['ReplicaSet', 'web-5d4'] },
      // A burst of an hour each day needs more than the limit allows.
      cpu: (t) => ((t / 3600) % 24 < 1 ? 0.45 : 0.2),
      memory: (t) => (180 + 40 * Math.abs(Math.sin(t / 9000 + i))) * MIB,
      requests: { cpu: 0.25, memory: 256 * MIB },
      limits: { cpu: 0.5, memory: 256 * MIB },
    });
  const web = { namespace, pod: 'web-5d4-0bbbb', container: 'web' };
  const kills = [FROM + 2 * 86_400, FROM + 5 * 86_400];
  all.add('kube_pod_container_status_restarts_total', web, (t) => kills.filter((at) => at <= t).length);
  all.add('kube_pod_container_status_last_terminated_reason', { ...web, reason: 'OOMKilled' }, (t) =>
    t >= (kills[0] ?? 0) ? 1 : undefined,
  );
  for (const [metric, perSecond] of [
    ['periods', 10],
    ['throttled_periods', 0.8],
  ] as const)
    all.add(`container_cpu_cfs_${metric}_total`, web, (t) => (t - FROM) * perSecond);
  addPod(all, {
    ...{ pod: 'fresh-1a2-ccccc', container: 'fresh', owner: ['ReplicaSet', 'fresh-1a2'] },
    cpu: (t) => (t > UNTIL - 86_400 ? 0.1 : undefined),
    memory: () => 100 * MIB,
    requests: { cpu: 0.2, memory: 128 * MIB },
  });
  for (const [container, cores, mebi] of [
    ['store', 0.8, 900],
    ['backup', 0.01, 40],
  ] as const)
    addPod(all, {
      ...{ pod: 'store-0', container, owner: ['StatefulSet', 'store'] },
      cpu: (t) => cores * (0.8 + 0.2 * Math.sin(t / 5000)),
      memory: (t) => (mebi + (5 * (t - FROM)) / 86_400) * MIB,
      requests: container === 'store' ? { cpu: 2, memory: 2048 * MIB } : {},
    });
  addPod(all, {
    ...{ pod: 'report-x', container: 'report', owner: ['Job', 'report'] },
    cpu: (t) => (NEVER(t) ? 0.5 : undefined),
    memory: () => 50 * MIB,
  });
  const hpa = { namespace, horizontalpodautoscaler: 'api' };
  const told = (metric: string, labels: Labels, value: number) =>
    all.add(`kube_horizontalpodautoscaler_${metric}`, { ...hpa, ...labels }, () => value, UNTIL - 2 * STEP);
  told('info', { scaletargetref_kind: 'Deployment', scaletargetref_name: 'api' }, 1);
  told('spec_min_replicas', {}, 2);
  told('spec_max_replicas', {}, 12);
  told('spec_target_metric', { metric_name: 'cpu', metric_target_type: 'utilization' }, 60);
  return all.toString();
}

/** Writes the history into the data of a Prometheus in `folder` that has not started yet. */
export function recordCluster(folder: string): void {
  const file = path.join(folder, 'history.txt');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, clusterHistory());
  const args = ['tsdb', 'create-blocks-from', '--quiet', '--max-block-duration=720h', 'openmetrics', file];
  const { status, stderr } = spawnSync('promtool', [...args, path.join(folder, 'data')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`promtool: ${stderr}`);
}
