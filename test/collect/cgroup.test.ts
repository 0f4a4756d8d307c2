import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findCpuController } from '../../server/embedded/cgroup.ts';
import { openCgroup } from '../../src/collect/cgroup.ts';
import { groupLimits, groupUsage, isWholeMachine } from '../../src/collect/cgroup-files.ts';
import {
  type Controller,
  type Place,
  parseCgroupMounts,
  parseOwnGroups,
  placesAt,
  placesOf,
} from '../../src/collect/cgroup-places.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures/collect/cgroup');
const captured = (name: string) => readFileSync(path.join(fixtures, name), 'utf8');

/** Reads `/sys/fs/cgroup/…` from the tree in the fixtures folder. */
const reader = (version: string) => (file: string) => {
  try {
    return captured(file.replace('/sys/fs/cgroup', version));
  } catch {
    return undefined;
  }
};

/** Captured as `<group>/<controller>/<file>`, as the tree of version 1 is `<controller>/<group>/<file>`. */
const v1Reader = (file: string) =>
  reader('v1')(file.replace(/^(\/sys\/fs\/cgroup)\/(\w+)\/(\w+)\//, '$1/$3/$2/'));

describe('the groups of a process', () => {
  const mounts = parseCgroupMounts(captured('v1/self.mountinfo'));

  it('are found in each hierarchy of version 1', () => {
    const places = placesOf(parseOwnGroups(captured('v1/self.cgroup')), mounts);
    const at = (controller: string): Place => ({
      version: 1,
      folder: `/sys/fs/cgroup/${controller}/fxcapture`,
      above: [`/sys/fs/cgroup/${controller}`],
    });
    expect(Object.fromEntries(places)).toEqual({
      cpu: at('cpu'),
      cpuacct: at('cpuacct'),
      memory: at('memory'),
      io: at('blkio'),
      pids: at('pids'),
    });
  });

  type Case = [name: string, own: string, mountinfo: string, folder: string | undefined, above: string[]];
  it.each<Case>([
    [
      'version 2 alone',
      '0::/kubepods.slice/pod1/app',
      '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw',
      '/sys/fs/cgroup/kubepods.slice/pod1/app',
      ['/sys/fs/cgroup/kubepods.slice/pod1', '/sys/fs/cgroup/kubepods.slice', '/sys/fs/cgroup'],
    ],
    [
      'a container’s own namespace',
      '0::/',
      '30 23 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw',
      '/sys/fs/cgroup',
      [],
    ],
    [
      'a container of version 1 that sees its part of the host’s tree',
      '4:cpu,cpuacct:/docker/0a1b\n0::/docker/0a1b',
      '40 30 0:31 /docker/0a1b /sys/fs/cgroup/cpu,cpuacct ro master:11 - cgroup cgroup rw,cpu,cpuacct',
      '/sys/fs/cgroup/cpu,cpuacct',
      [],
    ],
    [
      'a namespace inside the mount, with names of its own in it',
      '0::/../app',
      '30 23 0:26 /.. /my\\040tree rw - cgroup2 cgroup2 rw',
      '/my tree/app',
      ['/my tree'],
    ],
    [
      'a group outside what is mounted',
      '0::/../other',
      '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 x rw',
      undefined,
      [],
    ],
    [
      'another part of the tree',
      '0::/b/app',
      '30 23 0:26 /a /sys/fs/cgroup rw - cgroup2 x rw',
      undefined,
      [],
    ],
    ['no hierarchy at all', '0::/b/app', '22 27 0:21 / /proc rw - proc proc rw', undefined, []],
  ])('are found in %s', (_, own, mountinfo, folder, above) => {
    const found = placesOf(parseOwnGroups(own), parseCgroupMounts(mountinfo)).get('cpu');
    expect(found?.folder).toBe(folder);
    expect(found?.above ?? []).toEqual(above);
  });

  it('are found by a path, with or without a mount point in front, where there is such a folder', () => {
    const inV1 = (folder: string) => /^\/sys\/fs\/cgroup\/(cpu|memory)\/a\/b$/.test(folder);
    const folders = (given: string, exists: (folder: string) => boolean) =>
      Object.fromEntries([...placesAt(given, mounts, exists)].map(([name, { folder }]) => [name, folder]));
    const expected = { cpu: '/sys/fs/cgroup/cpu/a/b', memory: '/sys/fs/cgroup/memory/a/b' };
    expect(folders('/a/b', inV1)).toEqual(expected);
    expect(folders('/sys/fs/cgroup/memory/a/b', inV1)).toEqual(expected);
    expect(folders('/sys/fs/cgroup/memoryless', inV1)).toEqual({});
    const unified = '/sys/fs/cgroup/unified/a';
    expect(folders('/a', (folder) => folder === unified).cpu).toBe(unified);
  });

  it('that are the top of a hierarchy hold the whole machine', () => {
    const place = (version: 1 | 2, folder: string): Place => ({ version, folder, above: [] });
    expect(isWholeMachine(place(2, '/sys/fs/cgroup'), reader('v2'))).toBe(true);
    expect(isWholeMachine(place(2, '/sys/fs/cgroup/unified'), reader('v2'))).toBe(false);
    expect(isWholeMachine(place(1, '/x'), (file) => (file === '/x/release_agent' ? '' : undefined))).toBe(
      true,
    );
    expect(isWholeMachine(place(1, '/sys/fs/cgroup/cpu/fxcapture'), v1Reader)).toBe(false);
  });
});

describe('the files of a group', () => {
  const places = (version: 1 | 2, folder: (controller: string) => string, above: string[] = []) =>
    new Map(
      (['cpu', 'cpuacct', 'memory', 'io', 'pids'] as const).map((name): [Controller, Place] => [
        name,
        { version, folder: folder(name === 'io' && version === 1 ? 'blkio' : name), above },
      ]),
    );

  it('of version 1', () => {
    const captures = places(1, (name) => `/sys/fs/cgroup/${name}/fxcapture`);
    const usage = groupUsage(captures, v1Reader);
    const stat = captured('v1/fxcapture/memory/memory.stat');
    const inactive = Number(/^total_inactive_file (\d+)$/m.exec(stat)?.[1]);
    const bytes = Number(captured('v1/fxcapture/memory/memory.usage_in_bytes'));
    expect(usage).toEqual({
      cgroup_cpu_seconds: 0.535697699,
      cgroup_cpu_periods: 55,
      cgroup_cpu_throttled_periods: 51,
      cgroup_cpu_throttled_seconds: 3.574310383,
      cgroup_memory_bytes: bytes,
      cgroup_memory_working_set_bytes: bytes - inactive,
      cgroup_oom_kills: 1,
      cgroup_read_bytes: 8986624,
      cgroup_write_bytes: 43900928,
      cgroup_reads: 87,
      cgroup_writes: 4600,
      cgroup_tasks: 3,
    });
    expect(groupLimits(captures, v1Reader)).toEqual({
      cgroup_cpu_limit_cores: 0.1,
      cgroup_cpu_period_seconds: 0.1,
      cgroup_memory_limit_bytes: 128 * 2 ** 20,
      cgroup_memory_peak_bytes: 128 * 2 ** 20,
      cgroup_tasks_limit: 64,
    });
  });

  it('of version 2 give series of the same names, and the limit of the group around it if that is lower', () => {
    const pod = '/sys/fs/cgroup/kubepods.slice/pod1';
    const app = places(2, () => `${pod}/app`, [pod, '/sys/fs/cgroup/kubepods.slice', '/sys/fs/cgroup']);
    expect(groupUsage(app, reader('v2'))).toEqual({
      cgroup_cpu_seconds: 8.371204,
      cgroup_cpu_periods: 1840,
      cgroup_cpu_throttled_periods: 312,
      cgroup_cpu_throttled_seconds: 14.250113,
      cgroup_memory_bytes: 192 * 2 ** 20,
      cgroup_memory_working_set_bytes: 152 * 2 ** 20,
      cgroup_oom_kills: 1,
      cgroup_read_bytes: 1459200 + 90430464,
      cgroup_write_bytes: 314773504 + 299008000,
      cgroup_reads: 192 + 8950,
      cgroup_writes: 353 + 1252,
      cgroup_tasks: 23,
    });
    expect(groupLimits(app, reader('v2'))).toEqual({
      cgroup_cpu_limit_cores: 0.5,
      cgroup_cpu_period_seconds: 0.1,
      cgroup_memory_limit_bytes: 256 * 2 ** 20,
      cgroup_memory_peak_bytes: 220 * 2 ** 20,
      cgroup_tasks_limit: 512,
    });
  });

  it('of version 2 without controllers tell the CPU time alone', () => {
    const bare = places(2, () => '/sys/fs/cgroup/unified');
    expect(groupUsage(bare, reader('v2'))).toEqual({ cgroup_cpu_seconds: 0.18125 });
    expect(groupLimits(bare, reader('v2'))).toEqual({});
  });

  it('say nothing where nothing is set or counted', () => {
    const files: Record<string, string> = {
      '/x/cpu.cfs_quota_us': '-1\n',
      '/x/cpu.cfs_period_us': '100000\n',
      '/x/memory.limit_in_bytes': '9223372036854771712\n',
      '/x/pids.max': 'max\n',
      '/x/blkio.throttle.io_service_bytes_recursive': 'Total 0\n',
      '/x/blkio.throttle.io_serviced_recursive': 'Total 0\n',
    };
    const unlimited = places(1, () => '/x');
    expect(groupLimits(unlimited, (file) => files[file])).toEqual({});
    expect(groupUsage(unlimited, (file) => files[file])).toEqual({});
  });
});

const parent = findCpuController(process.pid);

describe.skipIf(typeof parent === 'string')('a control group of this machine', () => {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmdirSync(folder);
  });

  it('is read by its path, and refused when it is gone', async () => {
    if (typeof parent === 'string') return;
    const folder = path.join(parent.parent, `fxscale-test-${process.pid}`);
    mkdirSync(folder);
    made.push(folder);
    if (parent.version === 1) writeFileSync(path.join(folder, 'cpu.cfs_quota_us'), '25000');
    else writeFileSync(path.join(folder, 'cpu.max'), '25000 100000');

    const collector = openCgroup(`cgroup:${folder}=mine`);
    expect([collector.source, collector.url]).toEqual(['cgroup/mine', `cgroup:${folder}`]);
    const { values } = await collector.sample();
    expect(values).toMatchObject({
      cgroup_cpu_limit_cores: 0.25,
      cgroup_cpu_period_seconds: 0.1,
      cgroup_cpu_throttled_seconds: 0,
    });
    rmdirSync(made.pop() ?? '');
    await expect(collector.sample()).rejects.toThrow(`there is no control group ${folder}`);
  });
});

it.each(['cgroup:', 'cgroup:kubepods', 'cgroup:relative/path=x'])('%s is refused', (address) => {
  expect(() => openCgroup(address)).toThrow(
    /write the path of a control group, for example cgroup:\/kubepods/,
  );
});
