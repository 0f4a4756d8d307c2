import { escapeLabel } from './series-name.ts';

/** A question to Prometheus, and what its series are called in a run file. */
export type Query = { name: string; promql: string };

type Ready = {
  /** Labels that a URL may filter by, as regular expressions that match the whole value. */
  filters: readonly string[];
  /** The labels that are kept; series that differ in others alone are one. */
  by: readonly string[];
  /** Matchers that are always there. */
  matchers?: readonly string[];
  /** Series: the name in a run file, in base units, and where it is another, the metric with matchers of its own. */
  series: Readonly<Record<string, { metric: string; matchers: readonly string[] } | null>>;
};

const container = { filters: ['namespace', 'pod', 'container'], by: ['namespace', 'pod', 'container'] };
/** The containers themselves, not their pods, and not the container that holds a pod's network. */
const isContainer = ['container!=""', 'container!="POD"'];
const ofResource = (metric: string, resource: string) => ({ metric, matchers: [`resource="${resource}"`] });

/**
 * What the usual exporters tell, by the name of the set in `?ready=`. Counters are read as they are and not as rates,
 * so that planners can take the increase between any two readings.
 */
const ready: Readonly<Record<string, readonly Ready[]>> = {
  kubernetes: [
    {
      // cAdvisor in the kubelet. A restarted container has a new `id`: its counters are series of their own, since
      // those of the one before are told for another five minutes.
      filters: container.filters,
      by: [...container.by, 'id'],
      matchers: isContainer,
      series: {
        container_cpu_usage_seconds_total: null,
        container_cpu_cfs_throttled_seconds_total: null,
        container_cpu_cfs_throttled_periods_total: null,
        container_cpu_cfs_periods_total: null,
      },
    },
    { ...container, matchers: isContainer, series: { container_memory_working_set_bytes: null } },
    {
      // kube-state-metrics. Requests and limits have the unit in a label: one series each for what is added up.
      ...container,
      series: {
        kube_pod_container_request_cores: ofResource('kube_pod_container_resource_requests', 'cpu'),
        kube_pod_container_request_bytes: ofResource('kube_pod_container_resource_requests', 'memory'),
        kube_pod_container_limit_cores: ofResource('kube_pod_container_resource_limits', 'cpu'),
        kube_pod_container_limit_bytes: ofResource('kube_pod_container_resource_limits', 'memory'),
        kube_pod_container_status_restarts_total: null,
      },
    },
    {
      filters: ['namespace', 'deployment'],
      by: ['namespace', 'deployment'],
      series: {
        kube_deployment_spec_replicas: null,
        kube_deployment_status_replicas: null,
        kube_deployment_status_replicas_available: null,
      },
    },
  ],
  node: [
    {
      // Disks, without what is no disk of its own.
      filters: ['instance', 'device'],
      by: ['instance', 'device'],
      matchers: [`device!~"(?:loop|ram|fd|sr)[0-9]+"`],
      series: {
        node_disk_reads_completed_total: null,
        node_disk_writes_completed_total: null,
        node_disk_read_bytes_total: null,
        node_disk_written_bytes_total: null,
        node_disk_read_time_seconds_total: null,
        node_disk_write_time_seconds_total: null,
        node_disk_io_time_seconds_total: null,
        node_disk_io_time_weighted_seconds_total: null,
      },
    },
  ],
};

export const readySets = Object.keys(ready);

/** The labels that the set `name` can be filtered by. */
export function filtersOf(name: string): string[] {
  return [...new Set(ready[name]?.flatMap(({ filters }) => filters))];
}

/**
 * The queries of the set `name`, each with those of the `filters` whose label its series have. A filter is a regular
 * expression in RE2's syntax, and whatever it holds it stays within its quotation marks.
 */
export function readyQueries(name: string, filters: Readonly<Record<string, string>>): Query[] {
  return (ready[name] ?? []).flatMap((group) => {
    const given = group.filters.flatMap((label) => {
      const pattern = filters[label];
      return pattern === undefined ? [] : [`${label}=~"${escapeLabel(pattern)}"`];
    });
    return Object.entries(group.series).map(([series, origin]) => {
      const matchers = [...(group.matchers ?? []), ...(origin?.matchers ?? []), ...given];
      const selector = `${origin?.metric ?? series}{${matchers.join(',')}}`;
      return { name: series, promql: `max by (${group.by.join(', ')}) (${selector})` };
    });
  });
}
