import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A place where groups with a CPU quota can be made. */
export type CpuController = { version: 1 | 2; parent: string };

/** Kubernetes' own period. A shorter one would throttle more evenly than a container is. */
const periodUs = 100_000;
const groupName = /^fxscale-(\d+)-\d+$/;

/**
 * Finds where this process may make CPU groups, by making one.
 * Version 1: below its own group in the `cpu` hierarchy, or at the hierarchy's root when its own cannot be seen, as
 * in a container. Version 2: a group with processes in it cannot pass controllers on, so below its own group only if
 * that already does, and else beside it.
 * @param proc where /proc is, for tests
 * @returns the reason, as a sentence, when there is no such place
 */
export function findCpuController(owner: number, proc = '/proc'): CpuController | string {
  if (process.platform !== 'linux') return `${process.platform} has no cgroups`;
  let last = 'no cgroup hierarchy with the cpu controller is mounted or passed on to this process';
  for (const controller of candidates(proc)) {
    try {
      removeNow(createCpuGroup(controller, owner, 9999, 1));
      return controller;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
  }
  return last;
}

function candidates(proc: string): CpuController[] {
  const own = new Map<string, string>();
  for (const line of read(join(proc, 'self/cgroup')).split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers !== undefined && path) own.set(controllers, path);
  }
  const found: CpuController[] = [];
  for (const line of read(join(proc, 'mounts')).split('\n')) {
    const [, mount = '', type, options = ''] = line.split(' ');
    const v1 = [...own].find(([names]) => names.split(',').includes('cpu'));
    if (type === 'cgroup' && v1 && options.split(',').includes('cpu')) {
      found.push({ version: 1, parent: join(mount, v1[1]) }, { version: 1, parent: mount });
    }
    if (type === 'cgroup2') {
      const path = own.get('') ?? '/';
      for (const parent of new Set([join(mount, path), join(mount, path, '..')])) {
        const passedOn = read(join(parent, 'cgroup.subtree_control')).split(/\s+/).includes('cpu');
        if (parent.startsWith(mount) && passedOn) found.push({ version: 2, parent });
      }
    }
  }
  return found;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Makes the group of replica `index` of the server with process id `owner`. Its path, for the functions below. */
export function createCpuGroup(
  controller: CpuController,
  owner: number,
  index: number,
  cores: number,
): string {
  const path = join(controller.parent, `fxscale-${owner}-${index}`);
  mkdirSync(path, { recursive: false });
  try {
    const quota = Math.round(cores * periodUs);
    if (controller.version === 2) {
      writeFileSync(join(path, 'cpu.max'), `${quota} ${periodUs}`);
    } else {
      writeFileSync(join(path, 'cpu.cfs_period_us'), String(periodUs));
      writeFileSync(join(path, 'cpu.cfs_quota_us'), String(quota));
    }
    return path;
  } catch (error) {
    removeNow(path);
    throw error;
  }
}

/** Puts a process, with all its threads, into the group. */
export function enterCpuGroup(path: string, pid: number): void {
  writeFileSync(join(path, 'cgroup.procs'), String(pid));
}

/** Removes groups, which must first have lost their processes: waits up to `seconds` for those to end. */
export async function removeCpuGroups(paths: Iterable<string>, seconds = 5): Promise<void> {
  let left = [...paths];
  for (let tries = Math.ceil(seconds / 0.05); ; tries--) {
    left = left.filter((path) => !removeNow(path));
    if (left.length === 0 || tries <= 0) return;
    await sleep(50);
  }
}

/** Removes the groups of servers that were killed together with everything that would have tidied up. */
export function sweepCpuGroups({ parent }: CpuController): void {
  for (const name of readdirSync(parent)) {
    const [, owner] = groupName.exec(name) ?? [];
    if (owner !== undefined && !isAlive(Number(owner))) removeNow(join(parent, name));
  }
}

/** Whether it is gone now. A group with a process in it stays. */
function removeNow(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
