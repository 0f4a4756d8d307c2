import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { cpuQuota } from './doctor/cgroup-files.ts';
import { systemAt } from './doctor/read.ts';
import { FxscaleError, messageOf } from './errors.ts';
import { makeFolder } from './folder.ts';
import { ownPackage } from './own-package.ts';
import type { RunHeader } from './run.ts';

/** Where the last calibration of this machine is kept. */
export const CALIBRATION_FILE = path.join('.fxscale', 'doctor.json');

const machine = z.object({
  cpus: z.int(),
  /** Cores that this process may use: by its affinity, and by its groups' quota. */
  available: z.int(),
  quota: z.number().nullable(),
  model: z.string(),
  platform: z.string(),
  node: z.string(),
});

const rung = z.object({
  offered: z.number(),
  achieved: z.number(),
  dropped: z.number(),
  failures: z.number(),
  scheduleLag: z.number(),
  cpu: z.number(),
  serverBusy: z.number(),
});

const calibration = z.object({
  /** The highest rate at which requests started on schedule. */
  requestsPerSecond: z.number().positive(),
  /** CPU seconds of the generator for one request at that rate. */
  cpuPerRequest: z.number(),
  /** 99th percentile of how late requests started at that rate, seconds; and what counts as on schedule. */
  scheduleLag: z.number(),
  onSchedule: z.number(),
  workers: z.int().min(1),
  servers: z.int().min(1),
  /** Requests per second of fifty users who wait for their answers. */
  closedLoop: z.number(),
  limit: z.enum(['generator', 'server', 'others', 'none']),
  rungs: z.array(rung),
  machine,
  /** Of fxscale. */
  version: z.string(),
  date: z.iso.datetime(),
});

export type Machine = z.infer<typeof machine>;
/** How much load the embedded engine can make on one machine. Rates are requests per second, durations seconds. */
export type Calibration = z.infer<typeof calibration>;

/** What a calibration depends on, and holds for. */
export function thisMachine(): Machine {
  const cores = cpus();
  return {
    cpus: cores.length,
    available: availableParallelism(),
    quota: cpuQuota(systemAt('/')),
    model: cores[0]?.model.trim() ?? 'unknown',
    platform: `${process.platform}/${process.arch}`,
    node: process.version,
  };
}

/** The calibration in `file`, when it is of this machine and this version; a file that is anything else is none. */
export function readCalibration(file = CALIBRATION_FILE): Calibration | undefined {
  const found = z.object({ calibration }).safeParse(documentIn(file)).data?.calibration;
  if (found === undefined || found.version !== ownPackage().version) return undefined;
  return JSON.stringify(found.machine) === JSON.stringify(thisMachine()) ? found : undefined;
}

function documentIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Not there, or written by somebody else: a run goes without.
    return undefined;
  }
}

/** Writes the document with a calibration in it, whole or not at all. Throws OUTPUT. */
export function writeCalibration(document: object, file = CALIBRATION_FILE): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    makeFolder(path.dirname(file));
    writeFileSync(temporary, `${JSON.stringify(document, null, 2)}\n`);
    renameSync(temporary, file);
  } catch (cause) {
    remove(temporary);
    const why = messageOf(cause);
    throw new FxscaleError(
      'OUTPUT',
      `${file} cannot be written: ${why}; run it in a folder that may be written to`,
      {
        cause,
      },
    );
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // What could not be made, as in a folder that is a file, cannot be removed either.
  }
}

/** What a run says of the machine it ran on: nothing, when it was calibrated with another number of workers. */
export function calibratedFor(
  known: Calibration | undefined,
  workers: number,
): Pick<RunHeader['machine'], 'calibratedRate' | 'calibratedAt'> {
  if (known === undefined || known.workers !== workers) return {};
  return { calibratedRate: known.requestsPerSecond, calibratedAt: known.date };
}
