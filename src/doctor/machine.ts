import type { Check } from './check.ts';

/** With less free memory than this (bytes), a platform with its database and a run do not fit beside each other. */
const LITTLE_MEMORY = 512 * 2 ** 20;
/** With less free space than this (bytes), a few long runs with their samples fill the disk. */
const LITTLE_SPACE = 2 ** 30;
/** The share of the cores that others may keep busy before a figure is no longer this machine's. */
const BUSY = 0.5;
/** Clocks that cost a call into the kernel or the hypervisor to read, which is done several times in each request. */
const slowClocks = ['hpet', 'acpi_pm', 'jiffies', 'refined-jiffies', 'pit'];

/** `cpus` that the machine has, `available` to this process, and the `quota` in cores of the groups it is in. */
export function judgeCores(cpus: number, available: number, quota: number | null): Check {
  const usable = Math.min(available, quota ?? Number.POSITIVE_INFINITY);
  const limited = quota !== null && quota < available;
  const status = limited || usable < 2 ? 'warning' : 'ok';
  return {
    name: 'cores',
    group: 'machine',
    status,
    detail: { cpus, available, quota: limited ? quota : null },
  };
}

/** Bytes that this process may use, of those that the machine or its group has. */
export function judgeMemory(free: number, total: number): Check {
  const status = free < LITTLE_MEMORY ? 'warning' : 'ok';
  return { name: 'memory', group: 'machine', status, detail: { free, total } };
}

/** `load` is the mean count of processes that ran or waited to, over the last minute; Windows tells 0. */
export function judgeLoad(load: number, available: number): Check {
  const status = load > BUSY * available ? 'warning' : 'ok';
  return { name: 'other work', group: 'machine', status, detail: { load, cores: available } };
}

/** Where runs go: why files cannot be written there, or the bytes that are free. */
export function judgeFolder(folder: string, found: { why: string } | { free: number | null }): Check {
  const common = { name: 'folder for runs', group: 'fxscale' } as const;
  if ('why' in found) return { ...common, status: 'failed', detail: { folder, why: found.why } };
  const status = found.free !== null && found.free < LITTLE_SPACE ? 'warning' : 'ok';
  return { ...common, status, detail: { folder, free: found.free } };
}

/**
 * What time is told by: the kernel's clock source, the smallest step of the clock and how long a timer of one
 * millisecond takes, both in seconds.
 */
export function judgeClock(source: string | undefined, step: number, timer: number): Check {
  const name = source?.trim();
  const status = name !== undefined && slowClocks.includes(name) ? 'warning' : 'ok';
  return { name: 'clock', group: 'machine', status, detail: { source: name ?? null, step, timer } };
}
