import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { cpuQuota } from './cgroup-files.ts';
import type { Check } from './check.ts';
import { checkCpuLimit } from './cpu-limit.ts';
import { checkEmbeddedPostgres } from './embedded-postgres.ts';
import { judgeNetwork, judgeOpenFiles } from './limits.ts';
import { judgeClock, judgeCores, judgeFolder, judgeLoad, judgeMemory } from './machine.ts';
import { judgeNode } from './node.ts';
import { systemAt } from './read.ts';
import { checkServices } from './services.ts';
import { checkTools } from './tools.ts';

const TIMERS = 20;

/** Looks at everything on this machine that fxscale needs or can use; `needs` is the package's `engines.node`. */
export async function examine(folder: string, needs: string): Promise<Check[]> {
  const read = systemAt('/');
  const available = availableParallelism();
  // Before other programs are started, which would be seen in it.
  const [load, clock] = [loadavg()[0] ?? 0, await checkClock(read)];
  const [tools, embedded, services] = await Promise.all([
    checkTools(process.env),
    checkEmbeddedPostgres(),
    checkServices(),
  ]);
  return [
    judgeNode(process.version, needs),
    embedded,
    judgeFolder(folder, lookAt(folder)),
    ...tools,
    ...services,
    judgeCores(cpus().length, available, cpuQuota(read)),
    judgeLoad(load, available),
    judgeMemory(process.availableMemory(), Math.min(totalmem(), process.constrainedMemory() || totalmem())),
    clock,
    checkCpuLimit(read),
    judgeOpenFiles(openFiles()),
    ...judgeNetwork(read),
  ];
}

/** The folder, or the nearest above it that exists: it is made when there is something to keep. */
function lookAt(folder: string): { why: string } | { free: number | null } {
  const whole = path.resolve(folder);
  try {
    if (!existsSync(whole)) return lookAt(path.dirname(whole));
    if (!statSync(whole).isDirectory()) return { why: `${whole} is a file` };
    accessSync(whole, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(whole);
    return { free: bavail * bsize };
  } catch (error) {
    return { why: messageOf(error) };
  }
}

type Limits = { userLimits?: { open_files?: { soft: number | 'unlimited'; hard: number | 'unlimited' } } };

/** Node's own report has the limits of every system that has any. */
function openFiles(): NonNullable<Limits['userLimits']>['open_files'] {
  return (process.report.getReport() as Limits).userLimits?.open_files;
}

async function checkClock(read: (file: string) => string | undefined): Promise<Check> {
  const timers: number[] = [];
  for (let i = 0; i < TIMERS; i++) {
    const started = performance.now();
    await sleep(1);
    timers.push((performance.now() - started) / 1000);
  }
  const median = timers.sort((a, b) => a - b)[TIMERS / 2] ?? 0;
  const source = read('/sys/devices/system/clocksource/clocksource0/current_clocksource');
  return judgeClock(source, stepOfClock(), median);
}

/** Seconds between two different readings that follow each other at once. */
function stepOfClock(): number {
  let step = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TIMERS; i++) {
    const before = performance.now();
    let after = before;
    while (after === before) after = performance.now();
    step = Math.min(step, after - before);
  }
  return step / 1000;
}
