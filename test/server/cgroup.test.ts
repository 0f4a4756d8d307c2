import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createCpuGroup,
  enterCpuGroup,
  findCpuController,
  removeCpuGroups,
  sweepCpuGroups,
} from '../../server/embedded/cgroup.ts';

const run = promisify(execFile);
const linux = process.platform === 'linux';
const real = findCpuController(process.pid);

/** Uses a whole core for `wallMs`; prints the cores it got. */
const burner = `
  const start = performance.now(), before = process.cpuUsage();
  while (performance.now() - start < Number(process.argv[1]));
  const used = process.cpuUsage(before);
  console.log((used.user + used.system) / 1e3 / (performance.now() - start));
`;

describe.runIf(typeof real !== 'string')('on this machine', () => {
  const controller = typeof real === 'string' ? { version: 1 as const, parent: '' } : real;

  it('a process in a group of 500m gets half a core at most', async () => {
    const path = createCpuGroup(controller, process.pid, 1, 0.5);
    const child = run(process.execPath, ['-e', burner, '2000']);
    enterCpuGroup(path, child.child.pid ?? 0);
    const { stdout } = await child;
    // One period in twenty may be cut at either end.
    expect(Number(stdout)).toBeLessThan(0.56);
    expect(Number(stdout)).toBeGreaterThan(0.1);
    await removeCpuGroups([path]);
    expect(fs.existsSync(path)).toBe(false);
  });

  it('groups of servers that are gone are swept, those of living ones stay', async () => {
    const { stdout } = await run(process.execPath, ['-p', 'process.pid']);
    const dead = createCpuGroup(controller, Number(stdout), 2, 1);
    const living = createCpuGroup(controller, process.pid, 2, 1);
    sweepCpuGroups(controller);
    expect([fs.existsSync(dead), fs.existsSync(living)]).toEqual([false, true]);
    await removeCpuGroups([living]);
  });
});

describe.runIf(linux)('with other hierarchies', () => {
  let root: string;

  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), 'fxscale-cgroup-'));
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  /** A made-up /proc over made-up mounts below `root`. */
  function system(mounts: string, own: string, folders: Record<string, string>): string {
    fs.mkdirSync(join(root, 'proc/self'), { recursive: true });
    fs.writeFileSync(join(root, 'proc/mounts'), mounts.replaceAll('ROOT', root));
    fs.writeFileSync(join(root, 'proc/self/cgroup'), own);
    for (const [path, passedOn] of Object.entries(folders)) {
      fs.mkdirSync(join(root, path), { recursive: true });
      fs.writeFileSync(join(root, path, 'cgroup.subtree_control'), passedOn);
    }
    return join(root, 'proc');
  }
  const find = (proc: string) => findCpuController(process.pid, proc);

  it('version 1 puts groups below its own', () => {
    const mounts = 'cgroup ROOT/cpu cgroup rw,relatime,cpu,cpuacct 0 0\n';
    const proc = system(mounts, '4:memory:/m\n3:cpu,cpuacct:/box\n', { 'cpu/box': '' });
    expect(find(proc)).toEqual({ version: 1, parent: join(root, 'cpu/box') });
    const path = createCpuGroup({ version: 1, parent: join(root, 'cpu/box') }, 77, 3, 0.25);
    expect(path).toBe(join(root, 'cpu/box/fxscale-77-3'));
    expect(fs.readFileSync(join(path, 'cpu.cfs_period_us'), 'utf8')).toBe('100000');
    expect(fs.readFileSync(join(path, 'cpu.cfs_quota_us'), 'utf8')).toBe('25000');
  });

  it('version 1 in a container, which does not see its own group, uses the root', () => {
    const mounts = 'cgroup ROOT/cpu cgroup rw,cpu 0 0\n';
    const proc = system(mounts, '3:cpu:/docker/0123\n', { cpu: '' });
    expect(find(proc)).toEqual({ version: 1, parent: join(root, 'cpu') });
  });

  it('version 2 puts groups where the cpu controller is passed on: below, or beside', () => {
    const mounts = 'cgroup2 ROOT/v2 cgroup2 rw,nsdelegate 0 0\n';
    const below = system(mounts, '0::/user/app\n', { 'v2/user': 'cpu', 'v2/user/app': 'memory cpu' });
    expect(find(below)).toEqual({ version: 2, parent: join(root, 'v2/user/app') });
    const beside = system(mounts, '0::/user/app\n', { 'v2/user/app': 'memory pids' });
    expect(find(beside)).toEqual({ version: 2, parent: join(root, 'v2/user') });
    const path = createCpuGroup({ version: 2, parent: join(root, 'v2/user') }, 77, 0, 1.5);
    expect(fs.readFileSync(join(path, 'cpu.max'), 'utf8')).toBe('150000 100000');
    enterCpuGroup(path, 4711);
    expect(fs.readFileSync(join(path, 'cgroup.procs'), 'utf8')).toBe('4711');
  });

  it('says so when the controller is not there', () => {
    const mounts = 'cgroup2 ROOT/v2 cgroup2 rw 0 0\n';
    expect(find(system(mounts, '0::/\n', { v2: 'memory' }))).toBe(
      'no cgroup hierarchy with the cpu controller is mounted or passed on to this process',
    );
  });

  it('says why when it may not write there', () => {
    const proc = system('cgroup /proc cgroup rw,cpu 0 0\n', '3:cpu:/\n', {});
    expect(find(proc)).toMatch(/^(ENOENT|EACCES|EPERM|EROFS): .*\/proc\/fxscale-/);
  });
});
