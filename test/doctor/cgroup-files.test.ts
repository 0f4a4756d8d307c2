import { expect, it } from 'vitest';
import { cpuQuota, groupsAround, placesForQuota } from '../../src/doctor/cgroup-files.ts';
import { captured } from './fixture.ts';

/** A system of these files. The formats are those of the kernel's Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst. */
const system = (files: Record<string, string>) => (file: string) => files[file];

const inSlice = {
  '/proc/self/cgroup': '0::/user.slice/user-1000.slice/session-2.scope\n',
  '/proc/mounts': 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0\n',
};

it('finds the groups of a machine with version 1, and no quota', () => {
  expect(groupsAround(captured)).toEqual([
    { version: 1, folder: '/sys/fs/cgroup/cpu' },
    { version: 2, folder: '/sys/fs/cgroup/unified' },
  ]);
  expect(cpuQuota(captured)).toBeNull();
  expect(placesForQuota(captured)).toEqual([{ version: 1, folder: '/sys/fs/cgroup/cpu' }]);
});

it('finds the smallest quota of the groups around a process', () => {
  const limited = {
    ...inSlice,
    '/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope/cpu.max': 'max 100000\n',
    '/sys/fs/cgroup/user.slice/user-1000.slice/cpu.max': '150000 100000\n',
    '/sys/fs/cgroup/user.slice/cpu.max': '400000 100000\n',
  };
  expect(cpuQuota(system(limited))).toBe(1.5);
});

it('finds the quota of a container with version 1', () => {
  const files = {
    '/proc/self/cgroup': '4:cpu,cpuacct:/docker/7f3a\n3:memory:/docker/7f3a\n',
    '/proc/mounts': 'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup ro,nosuid,cpu,cpuacct 0 0\n',
    '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
    '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
  };
  expect(cpuQuota(system(files))).toBe(0.5);
  expect(placesForQuota(system(files))).toEqual([
    { version: 1, folder: '/sys/fs/cgroup/cpu,cpuacct/docker/7f3a' },
    { version: 1, folder: '/sys/fs/cgroup/cpu,cpuacct' },
  ]);
});

it('takes only a group of version 2 that passes the cpu controller on', () => {
  expect(placesForQuota(system(inSlice))).toEqual([]);
  const above = '/sys/fs/cgroup/user.slice/user-1000.slice';
  const passing = { ...inSlice, [`${above}/cgroup.subtree_control`]: 'cpu memory pids\n' };
  expect(placesForQuota(system(passing))).toEqual([{ version: 2, folder: above }]);
  const others = { ...inSlice, [`${above}/cgroup.subtree_control`]: 'cpuset memory\n' };
  expect(placesForQuota(system(others))).toEqual([]);
});

it('finds nothing on a system without cgroups', () => {
  const none = system({});
  expect([groupsAround(none), cpuQuota(none), placesForQuota(none)]).toEqual([[], null, []]);
});
