import path from 'node:path/posix';
import { numbersIn, type ReadSystem } from './read.ts';

/** A group of processes that the kernel can limit, by the folder it is in. */
export type CpuGroup = { readonly version: 1 | 2; readonly folder: string };

/**
 * The groups that this process is in, its own first and then those around it, whose limits hold for it too: from
 * `/proc/self/cgroup` and `/proc/mounts`. In a container its own path may not be visible below the mount.
 */
export function groupsAround(read: ReadSystem): CpuGroup[] {
  const own = ownPaths(read('/proc/self/cgroup') ?? '');
  return cpuMounts(read('/proc/mounts') ?? '').flatMap(({ version, folder }) => {
    const below = own.get(version);
    return below === undefined
      ? []
      : upwards(below).map((each) => ({ version, folder: each === '/' ? folder : path.join(folder, each) }));
  });
}

/** `2:cpu,cpuacct:/path` is version 1, `0::/path` version 2. */
function ownPaths(text: string): Map<1 | 2, string> {
  const paths = new Map<1 | 2, string>();
  for (const line of text.split('\n')) {
    const [, controllers, below] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (below === undefined) continue;
    if (controllers === '') paths.set(2, below);
    else if (controllers?.split(',').includes('cpu')) paths.set(1, below);
  }
  return paths;
}

function cpuMounts(text: string): CpuGroup[] {
  return text.split('\n').flatMap((line): CpuGroup[] => {
    const [, folder = '', type, options = ''] = line.split(' ');
    if (type === 'cgroup2') return [{ version: 2, folder }];
    return type === 'cgroup' && options.split(',').includes('cpu') ? [{ version: 1, folder }] : [];
  });
}

/** `/a/b` as `/a/b`, `/a` and `/`. */
function upwards(below: string): string[] {
  const parent = path.dirname(below);
  return parent === below ? [below] : [below, ...upwards(parent)];
}

/** The smallest CPU quota, in cores, of the groups around this process; null when there is none. */
export function cpuQuota(read: ReadSystem): number | null {
  const quotas = groupsAround(read).flatMap(({ version, folder }) => {
    if (version === 2) return quotaOf(read(path.join(folder, 'cpu.max')));
    const [quota, period] = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) =>
      read(path.join(folder, name)),
    );
    return quotaOf(`${quota ?? ''} ${period ?? ''}`);
  });
  return quotas.length === 0 ? null : Math.min(...quotas);
}

/** `50000 100000` is half a core; `max 100000` and `-1 100000` are no limit. */
function quotaOf(text: string | undefined): number[] {
  const [quota, period] = numbersIn(text) ?? [];
  return quota === undefined || period === undefined || quota <= 0 || period <= 0 ? [] : [quota / period];
}

/**
 * Where a group with a CPU quota may be made, best first: in version 1 below this process's own group, or at the root
 * when its own cannot be seen; in version 2 only in a group that passes the cpu controller on, which a group with
 * processes in it cannot, so its own or the one around it.
 */
export function placesForQuota(read: ReadSystem): CpuGroup[] {
  const around = groupsAround(read);
  const first = around.filter(({ version }) => version === 1);
  const second = around
    .filter(({ version }) => version === 2)
    .slice(0, 2)
    .filter(({ folder }) =>
      (read(path.join(folder, 'cgroup.subtree_control')) ?? '').split(/\s+/).includes('cpu'),
    );
  return [...first.slice(0, 1), ...first.slice(1).slice(-1), ...second];
}
