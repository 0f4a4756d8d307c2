import type { Controller, Place, Places } from './cgroup-places.ts';

/**
 * The files of control groups, versions 1 and 2, as series that mean the same on both: seconds, bytes, cores and
 * counts. https://docs.kernel.org/admin-guide/cgroup-v2.html and, for version 1,
 * https://docs.kernel.org/admin-guide/cgroup-v1/ and https://docs.kernel.org/scheduler/sched-bwc.html
 */

type Values = Record<string, number>;

type Rule = {
  controller: Controller;
  files: readonly [string, ...string[]];
  /** From the text of `files`, of which the first is there and the others may be missing and empty. */
  values(...texts: string[]): Values;
};

/** A limit holds for the groups inside, too, so the lowest of all counts: of the series `lowest`. */
type LimitRule = Rule & { lowest: string };

const counters: Readonly<Record<1 | 2, readonly Rule[]>> = {
  1: [
    {
      controller: 'cpuacct',
      files: ['cpuacct.usage'],
      values: (text) => ({ cgroup_cpu_seconds: Number(text) / 1e9 }),
    },
    {
      controller: 'cpu',
      files: ['cpu.stat'],
      values: (text) => throttling(fields(text), 'throttled_time', 1e9),
    },
    {
      controller: 'memory',
      files: ['memory.usage_in_bytes', 'memory.stat'],
      values: (usage = '', stat = '') => memory(usage, fields(stat).total_inactive_file),
    },
    {
      controller: 'memory',
      files: ['memory.oom_control'],
      values: (text) => named({ cgroup_oom_kills: fields(text).oom_kill }),
    },
    {
      controller: 'io',
      files: ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive'],
      values: (bytes = '', operations = '') =>
        named({
          cgroup_read_bytes: serviced(bytes, 'Read'),
          cgroup_write_bytes: serviced(bytes, 'Write'),
          cgroup_reads: serviced(operations, 'Read'),
          cgroup_writes: serviced(operations, 'Write'),
        }),
    },
    { controller: 'pids', files: ['pids.current'], values: (text) => ({ cgroup_tasks: Number(text) }) },
  ],
  2: [
    {
      controller: 'cpu',
      files: ['cpu.stat'],
      values(text) {
        const stat = fields(text);
        return {
          cgroup_cpu_seconds: (stat.usage_usec ?? 0) / 1e6,
          ...throttling(stat, 'throttled_usec', 1e6),
        };
      },
    },
    {
      controller: 'memory',
      files: ['memory.current', 'memory.stat'],
      values: (usage = '', stat = '') => memory(usage, fields(stat).inactive_file),
    },
    {
      controller: 'memory',
      files: ['memory.events'],
      values: (text) => named({ cgroup_oom_kills: fields(text).oom_kill }),
    },
    {
      controller: 'io',
      files: ['io.stat'],
      values: (text) => ({
        cgroup_read_bytes: overDevices(text, 'rbytes'),
        cgroup_write_bytes: overDevices(text, 'wbytes'),
        cgroup_reads: overDevices(text, 'rios'),
        cgroup_writes: overDevices(text, 'wios'),
      }),
    },
    { controller: 'pids', files: ['pids.current'], values: (text) => ({ cgroup_tasks: Number(text) }) },
  ],
};

const peaks: Readonly<Record<1 | 2, Rule>> = {
  1: { controller: 'memory', files: ['memory.max_usage_in_bytes'], values: peak },
  2: { controller: 'memory', files: ['memory.peak'], values: peak },
};

const pidsLimit: LimitRule = {
  controller: 'pids',
  files: ['pids.max'],
  lowest: 'cgroup_tasks_limit',
  values: (text) => named({ cgroup_tasks_limit: limit(text) }),
};

const limits: Readonly<Record<1 | 2, readonly LimitRule[]>> = {
  1: [
    {
      controller: 'cpu',
      files: ['cpu.cfs_quota_us', 'cpu.cfs_period_us'],
      lowest: 'cgroup_cpu_limit_cores',
      values: (quota = '', period = '') => quotaOf(quota, period),
    },
    {
      controller: 'memory',
      files: ['memory.limit_in_bytes'],
      lowest: 'cgroup_memory_limit_bytes',
      values: (text) => named({ cgroup_memory_limit_bytes: limit(text) }),
    },
    pidsLimit,
  ],
  2: [
    {
      controller: 'cpu',
      files: ['cpu.max'],
      lowest: 'cgroup_cpu_limit_cores',
      values: (text = '') => quotaOf(...(text.split(' ') as [string, string])),
    },
    {
      controller: 'memory',
      files: ['memory.max'],
      lowest: 'cgroup_memory_limit_bytes',
      values: (text) => named({ cgroup_memory_limit_bytes: limit(text) }),
    },
    pidsLimit,
  ],
};

/** What a group has used and is using. `read` gives the text of a file, or undefined when it is not there. */
export function groupUsage(places: Places, read: (path: string) => string | undefined): Values {
  return apply(places, (version) => counters[version], read);
}

/** What a group may use, with the limits of the groups it is in, and the most memory that it has used. */
export function groupLimits(places: Places, read: (path: string) => string | undefined): Values {
  const values = apply(places, (version) => [peaks[version]], read);
  for (const [controller, { version, folder, above }] of places) {
    for (const rule of limits[version].filter((each) => each.controller === controller)) {
      const set = [folder, ...above].map((each) => valuesAt(rule, each, read));
      const lowest = set.reduce((low, next) =>
        (next[rule.lowest] ?? Number.POSITIVE_INFINITY) < (low[rule.lowest] ?? Number.POSITIVE_INFINITY)
          ? next
          : low,
      );
      Object.assign(values, lowest);
    }
  }
  return values;
}

/** The top of a hierarchy holds the whole machine. It has no limits, and version 2 gives it no type of its own. */
export function isWholeMachine(
  { version, folder }: Place,
  read: (path: string) => string | undefined,
): boolean {
  return version === 1
    ? read(`${folder}/release_agent`) !== undefined
    : read(`${folder}/cgroup.type`) === undefined;
}

function apply(
  places: Places,
  rules: (version: 1 | 2) => readonly Rule[],
  read: (path: string) => string | undefined,
): Values {
  const values: Values = {};
  for (const [controller, { version, folder }] of places) {
    for (const rule of rules(version)) {
      if (rule.controller === controller) Object.assign(values, valuesAt(rule, folder, read));
    }
  }
  return values;
}

function valuesAt(rule: Rule, folder: string, read: (path: string) => string | undefined): Values {
  const [first, ...others] = rule.files.map((file) => read(`${folder}/${file}`));
  return first === undefined ? {} : rule.values(first, ...others.map((text) => text ?? ''));
}

/** Lines of a name and a number. */
function fields(text: string): Record<string, number | undefined> {
  return Object.fromEntries(
    [...text.matchAll(/^(\w+) (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

function named(values: Record<string, number | undefined>): Values {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

function throttling(stat: Record<string, number | undefined>, time: string, perSecond: number): Values {
  const stopped = stat[time];
  return named({
    cgroup_cpu_periods: stat.nr_periods,
    cgroup_cpu_throttled_periods: stat.nr_throttled,
    cgroup_cpu_throttled_seconds: stopped === undefined ? undefined : stopped / perSecond,
  });
}

/** The working set is what Kubernetes calls so: without the file pages that were not used of late. */
function memory(usage: string, inactiveFile: number | undefined): Values {
  const bytes = Number(usage);
  return named({
    cgroup_memory_bytes: bytes,
    cgroup_memory_working_set_bytes:
      inactiveFile === undefined ? undefined : Math.max(0, bytes - inactiveFile),
  });
}

function peak(text = ''): Values {
  return { cgroup_memory_peak_bytes: Number(text) };
}

/** Version 2 writes `max` where nothing is set; version 1 the greatest number of pages in bytes, or -1. */
function limit(text = ''): number | undefined {
  const value = Number(text);
  return value >= 0 && value < 2 ** 62 ? value : undefined;
}

function quotaOf(quota: string, period: string): Values {
  const micros = limit(quota);
  return micros === undefined
    ? {}
    : { cgroup_cpu_limit_cores: micros / Number(period), cgroup_cpu_period_seconds: Number(period) / 1e6 };
}

/** Undefined without a line of any device: then the kernel does not count for this group. */
function serviced(text: string, operation: 'Read' | 'Write'): number | undefined {
  const lines = [...text.matchAll(/^\d+:\d+ (\w+) (\d+)$/gm)].filter(([, name]) => name === operation);
  return lines.length === 0 ? undefined : lines.reduce((sum, [, , value]) => sum + Number(value), 0);
}

function overDevices(text: string, key: string): number {
  return [...text.matchAll(new RegExp(`\\b${key}=(\\d+)`, 'g'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );
}
