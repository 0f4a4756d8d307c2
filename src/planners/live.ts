import type { Sample } from '../run.ts';
import { bySource, processSamples, serviceSamples, sumOfSeries } from './meters.ts';

/** What a running service may not exceed. */
export type LimitedResource =
  | 'cpu'
  | 'eventLoop'
  | 'memory'
  | 'tasks'
  | 'openFiles'
  | 'pool'
  | 'connections'
  | 'cacheMemory'
  | 'cacheClients';

/** How near to a limit: cores, bytes or counts, and the share of one. */
export type Closeness = {
  resource: LimitedResource;
  used: number;
  limit: number;
  share: number;
  source: string;
};

/** A figure of one source from its samples of the last seconds, in order of time; undefined when they do not tell. */
type Figure = (recent: readonly Sample[]) => number | undefined;

/** The sources of this kind say how much is in use and how much there may be. */
type Limit = { resource: LimitedResource; sources: RegExp; used: Figure; limit: Figure };

const page = /^(platform|prometheus)\//;
const group = /^(process|cgroup)\//;

const limits: readonly Limit[] = [
  // Version 1 may count the CPU time of other groups than it limits: then that of the process stands for it.
  {
    resource: 'cpu',
    sources: group,
    used: firstOf(rate('cgroup_cpu_seconds'), rate('cpu_seconds')),
    limit: latest('cgroup_cpu_limit_cores'),
  },
  // What Kubernetes evicts and the kernel kills for: pages that can be dropped do not count.
  {
    resource: 'memory',
    sources: group,
    used: latest('cgroup_memory_working_set_bytes'),
    limit: latest('cgroup_memory_limit_bytes'),
  },
  { resource: 'tasks', sources: group, used: latest('cgroup_tasks'), limit: latest('cgroup_tasks_limit') },
  {
    resource: 'openFiles',
    sources: group,
    used: latest('open_files_nearest'),
    limit: latest('open_files_limit'),
  },
  {
    resource: 'openFiles',
    sources: page,
    used: latest('process_open_fds'),
    limit: latest('process_max_fds'),
  },
  // JavaScript runs on one thread, and so does most of what such a process does.
  {
    resource: 'eventLoop',
    sources: page,
    used: rate('process_cpu_seconds_total'),
    limit: (recent) => (latest('nodejs_version_info')(recent) === undefined ? undefined : 1),
  },
  {
    resource: 'pool',
    sources: page,
    used: difference(
      latest('db_pool_connections', 'state="total"'),
      latest('db_pool_connections', 'state="idle"'),
    ),
    limit: latest('db_pool_max'),
  },
  // Micrometer's names for HikariCP.
  {
    resource: 'pool',
    sources: page,
    used: latest('hikaricp_connections_active'),
    limit: latest('hikaricp_connections_max'),
  },
  {
    resource: 'connections',
    sources: /^postgres(\/|$)/,
    used: latest('connections'),
    limit: latest('max_connections'),
  },
  {
    resource: 'cacheMemory',
    sources: /^redis(\/|$)/,
    used: latest('memory_bytes'),
    limit: latest('memory_max_bytes'),
  },
  {
    resource: 'cacheClients',
    sources: /^redis(\/|$)/,
    used: latest('clients'),
    limit: latest('clients_max'),
  },
];

/**
 * The resource that is closest to its limit in the last seconds, of which `samples` are all samples in order of time.
 * Undefined when no source tells of a limit; a limit of zero is none.
 */
export function closestLimit(samples: readonly Sample[]): Closeness | undefined {
  let closest: Closeness | undefined;
  for (const { resource, sources, ...figures } of limits) {
    for (const [source, recent] of bySource(samples, sources)) {
      const [used, limit] = [figures.used(recent), figures.limit(recent)];
      if (used === undefined || limit === undefined || limit <= 0) continue;
      const share = used / limit;
      if (closest === undefined || share > closest.share) closest = { resource, used, limit, share, source };
    }
  }
  return closest;
}

/**
 * Cores that the service uses, of how many: those its control groups allow it, or else, for a process of this
 * machine, `cores`. Undefined when no source tells.
 */
export function serviceCpu(
  samples: readonly Sample[],
  cores: number,
): { used: number; of: number | undefined } | undefined {
  const pages = serviceSamples({ samples });
  const processes = processSamples({ samples });
  const allowed = sumOver(processes, latest('cgroup_cpu_limit_cores'));
  const onPages = sumOver(pages, rate('process_cpu_seconds_total'));
  if (onPages !== undefined) return { used: onPages, of: allowed };
  const inProcesses = sumOver(processes, rate('cpu_seconds'));
  return inProcesses === undefined ? undefined : { used: inProcesses, of: allowed ?? cores };
}

/** Undefined when one of the sources does not tell, or there is none. */
function sumOver(sources: ReadonlyMap<string, readonly Sample[]>, figure: Figure): number | undefined {
  let sum: number | undefined;
  for (const recent of sources.values()) {
    const value = figure(recent);
    if (value === undefined) return undefined;
    sum = (sum ?? 0) + value;
  }
  return sum;
}

/** The last reading of a series that is not read every second, summed over its labels or those with one `label`. */
function latest(name: string, label?: string): Figure {
  return (recent) => {
    const sample = recent.findLast(({ values }) => sumOfSeries(values, name) !== undefined);
    if (sample === undefined) return undefined;
    if (label === undefined) return sumOfSeries(sample.values, name);
    const labelled = Object.entries(sample.values).filter(
      ([key]) => key.startsWith(`${name}{`) && key.includes(label),
    );
    return labelled.length === 0 ? undefined : labelled.reduce((sum, [, value]) => sum + value, 0);
  };
}

/** What a counter grew by per second between its last two readings; undefined when it began anew. */
function rate(name: string): Figure {
  return (recent) => {
    const points = recent.flatMap(({ t, values }) => {
      const value = sumOfSeries(values, name);
      return value === undefined ? [] : [{ t, value }];
    });
    const [before, now] = points.slice(-2);
    if (before === undefined || now === undefined || now.value < before.value || now.t <= before.t) {
      return undefined;
    }
    return (now.value - before.value) / (now.t - before.t);
  };
}

function firstOf(figure: Figure, otherwise: Figure): Figure {
  return (recent) => figure(recent) ?? otherwise(recent);
}

function difference(all: Figure, part: Figure): Figure {
  return (recent) => {
    const [a, b] = [all(recent), part(recent)];
    return a === undefined || b === undefined ? undefined : a - b;
  };
}
