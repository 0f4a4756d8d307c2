import { describe, expect, it } from 'vitest';
import { closestLimit, serviceCpu } from '../../src/planners/live.ts';
import type { Sample } from '../../src/run.ts';

/** Samples of one source, a second apart, the last at `end`. */
const read = (source: string, ...values: Sample['values'][]): Sample[] =>
  values.map((each, i) => ({ t: 10 - values.length + i + 1, source, values: each }));

describe('the closest limit', () => {
  type Case = [resource: string, samples: Sample[], used: number, limit: number];
  it.each<Case>([
    [
      'cpu',
      read(
        'process/api',
        { cgroup_cpu_seconds: 4, cgroup_cpu_limit_cores: 0.5 },
        { cgroup_cpu_seconds: 4.47 },
      ),
      0.47,
      0.5,
    ],
    ['cpu', read('process/api', { cpu_seconds: 4, cgroup_cpu_limit_cores: 1 }, { cpu_seconds: 4.2 }), 0.2, 1],
    [
      'memory',
      read('cgroup/api', {
        cgroup_memory_bytes: 900,
        cgroup_memory_working_set_bytes: 412,
        cgroup_memory_limit_bytes: 1024,
      }),
      412,
      1024,
    ],
    ['tasks', read('cgroup/api', { cgroup_tasks: 30, cgroup_tasks_limit: 64 }), 30, 64],
    [
      'openFiles',
      read(
        'process/api',
        { open_files: 900, open_files_nearest: 800, open_files_limit: 1024 },
        { cpu_seconds: 1 },
      ),
      800,
      1024,
    ],
    ['openFiles', read('prometheus/a:1', { process_open_fds: 40, process_max_fds: 100 }), 40, 100],
    [
      'eventLoop',
      read(
        'platform/0',
        { process_cpu_seconds_total: 7, 'nodejs_version_info{version="v20.20.2"}': 1 },
        { process_cpu_seconds_total: 7.75, 'nodejs_version_info{version="v20.20.2"}': 1 },
      ),
      0.75,
      1,
    ],
    [
      'pool',
      read('platform/0', {
        'db_pool_connections{state="total"}': 10,
        'db_pool_connections{state="idle"}': 1,
        db_pool_max: 10,
      }),
      9,
      10,
    ],
    ['pool', read('prometheus/a', { hikaricp_connections_active: 3, hikaricp_connections_max: 10 }), 3, 10],
    ['connections', read('postgres/db:5432/fx', { connections: 84, max_connections: 100 }), 84, 100],
    ['cacheMemory', read('redis/127.0.0.1:6379', { memory_bytes: 60, memory_max_bytes: 80 }), 60, 80],
    ['cacheClients', read('redis/127.0.0.1:6379', { clients: 20, clients_max: 10000 }), 20, 10000],
  ])('is told of %s', (resource, samples, used, limit) => {
    const found = closestLimit(samples);
    expect(found).toMatchObject({ resource, limit, source: samples[0]?.source });
    expect(found?.used).toBeCloseTo(used, 9);
    expect(found?.share).toBeCloseTo(used / limit, 9);
  });

  it('is that with the greatest share, whichever source tells it', () => {
    const samples = [
      ...read('platform/0', {
        'db_pool_connections{state="total"}': 5,
        'db_pool_connections{state="idle"}': 1,
        db_pool_max: 10,
      }),
      ...read('platform/1', {
        'db_pool_connections{state="total"}': 8,
        'db_pool_connections{state="idle"}': 1,
        db_pool_max: 10,
      }),
      ...read('postgres', { connections: 60, max_connections: 100 }),
    ];
    expect(closestLimit(samples)).toMatchObject({
      resource: 'pool',
      used: 7,
      share: 0.7,
      source: 'platform/1',
    });
  });

  it('is unknown without limits, with a limit of zero, and for a counter that began anew', () => {
    expect(closestLimit([])).toBeUndefined();
    expect(closestLimit(read('postgres', { connections: 60 }))).toBeUndefined();
    expect(closestLimit(read('redis', { memory_bytes: 60, memory_max_bytes: 0 }))).toBeUndefined();
    const limit = { cgroup_cpu_limit_cores: 1 };
    expect(
      closestLimit(
        read('cgroup/a', { cgroup_cpu_seconds: 9, ...limit }, { cgroup_cpu_seconds: 1, ...limit }),
      ),
    ).toBeUndefined();
    expect(closestLimit(read('cgroup/a', { cgroup_cpu_seconds: 9, ...limit }))).toBeUndefined();
  });
});

describe('the cores that the service uses', () => {
  const pages = (i: number) =>
    read(`platform/${i}`, { process_cpu_seconds_total: 5 }, { process_cpu_seconds_total: 5.25 });
  const processes = (i: number, limit: object = {}) =>
    read(`process/platform-${i}`, { cpu_seconds: 2, ...limit }, { cpu_seconds: 2.5, ...limit });

  it('are those of its pages, of what its groups allow', () => {
    const limit = { cgroup_cpu_limit_cores: 0.5 };
    expect(serviceCpu([...pages(0), ...pages(1)], 8)).toEqual({ used: 0.5, of: undefined });
    expect(serviceCpu([...pages(0), ...pages(1), ...processes(0, limit), ...processes(1, limit)], 8)).toEqual(
      {
        used: 0.5,
        of: 1,
      },
    );
  });

  it('are those of its processes, without the database’s, of this machine’s', () => {
    const database = read('process/postgres', { cpu_seconds: 1 }, { cpu_seconds: 4 });
    expect(serviceCpu([...processes(0), ...database], 8)).toEqual({ used: 0.5, of: 8 });
    expect(serviceCpu(database, 8)).toBeUndefined();
  });

  it('are unknown while a replica has not been read twice', () => {
    expect(serviceCpu([...pages(0), ...pages(1).slice(1)], 8)).toBeUndefined();
  });
});
