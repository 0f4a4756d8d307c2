import { escapeLabel } from './series-name.ts';

/** PromQL on the usual metrics of cAdvisor (`container_*`) and kube-state-metrics (`kube_*`). Times are seconds. */

/** The containers themselves, not their pods, and not the container that holds a pod's network. */
const isContainer = 'container!="",container!="POD"';

function within(namespace: string | undefined, ...more: string[]): string {
  const matchers = namespace === undefined ? more : [`namespace="${escapeLabel(namespace)}"`, ...more];
  return `{${matchers.join(',')}}`;
}

/** All pods of the last `history` seconds by who made them, and those who made ReplicaSets. */
export function ownerQueries(namespace: string | undefined, history: number) {
  const over = (metric: string) => `max_over_time(${metric}${within(namespace)}[${history}s])`;
  return {
    pods: `max by (namespace, pod, owner_kind, owner_name) (${over('kube_pod_owner')})`,
    replicaSets: `max by (namespace, replicaset, owner_kind, owner_name) (${over('kube_replicaset_owner')})`,
  };
}

/** Namespaces that had pods. */
export function namespacesQuery(history: number): string {
  return `count by (namespace) (max_over_time(kube_pod_owner[${history}s]))`;
}

/** What there is now. */
export function stateQueries(namespace: string | undefined) {
  const own = (metric: string, ...more: string[]) => `${metric}${within(namespace, ...more)}`;
  const byContainer = (metric: string, ...more: string[]) =>
    `max by (namespace, pod, container) (${own(metric, ...more)})`;
  const byHpa = (metric: string, ...labels: string[]) =>
    `max by (${['namespace', 'horizontalpodautoscaler', ...labels].join(', ')}) (${own(`kube_horizontalpodautoscaler_${metric}`)})`;
  const resource = (metric: string, name: string) =>
    byContainer(`kube_pod_container_resource_${metric}`, `resource="${name}"`);
  return {
    pods: `max by (namespace, pod) (${own('kube_pod_owner')})`,
    containers: byContainer('kube_pod_container_info'),
    requestedCpu: resource('requests', 'cpu'),
    requestedMemory: resource('requests', 'memory'),
    cpuLimit: resource('limits', 'cpu'),
    memoryLimit: resource('limits', 'memory'),
    hpas: byHpa('info', 'scaletargetref_kind', 'scaletargetref_name'),
    minReplicas: byHpa('spec_min_replicas'),
    maxReplicas: byHpa('spec_max_replicas'),
    targets: byHpa('spec_target_metric', 'metric_name', 'metric_target_type'),
  };
}

/** Containers that were ended for their memory at some time, and how often cAdvisor was read in the last hour. */
export function overviewQueries(namespace: string | undefined, history: number) {
  const reason = `kube_pod_container_status_last_terminated_reason${within(namespace, 'reason="OOMKilled"')}`;
  const cpu = `container_cpu_usage_seconds_total${within(namespace, isContainer)}`;
  return {
    killed: `max by (namespace, pod, container) (max_over_time(${reason}[${history}s])) > 0`,
    reads: `max(count_over_time(${cpu}[1h]))`,
  };
}

type Pods = { readonly namespace: string; readonly pods: readonly string[] };

function ofPods({ namespace, pods }: Pods, ...more: string[]): string {
  const names = pods.map((pod) => pod.replaceAll('.', '\\.')).join('|');
  return within(namespace, `pod=~"${escapeLabel(names)}"`, ...more);
}

/**
 * Cores and bytes in use. CPU is the mean of `window` seconds, which two readings must fit into; memory is the most of
 * them. A container that restarted is told twice until the one before is forgotten: the larger is right.
 */
export function useQueries(pods: Pods, window: number) {
  const selector = ofPods(pods, isContainer);
  const by = 'max by (pod, container)';
  return {
    cpu: `${by} (rate(container_cpu_usage_seconds_total${selector}[${window}s]))`,
    memory: `${by} (max_over_time(container_memory_working_set_bytes${selector}[${window}s]))`,
  };
}

/** Restarts, and whether the last end of a container was for its memory. */
export function restartQueries(pods: Pods) {
  const by = 'max by (pod, container)';
  return {
    restarts: `${by} (kube_pod_container_status_restarts_total${ofPods(pods)})`,
    killed: `${by} (kube_pod_container_status_last_terminated_reason${ofPods(pods, 'reason="OOMKilled"')})`,
  };
}

/** Periods of CPU quota in the last `history` seconds, and those in which it was used up. */
export function throttlingQueries(pods: Pods, history: number) {
  const increase = (metric: string) =>
    `sum by (container) (increase(container_cpu_cfs_${metric}${ofPods(pods, isContainer)}[${history}s]))`;
  return { throttled: increase('throttled_periods_total'), periods: increase('periods_total') };
}
