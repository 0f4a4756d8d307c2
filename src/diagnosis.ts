import path from 'node:path';
import { calibrate, type Ladder } from './calibrate.ts';
import { type Calibration, type Machine, readCalibration, thisMachine } from './calibration.ts';
import type { Check } from './doctor/check.ts';
import { examine } from './doctor/examine.ts';
import { FxscaleError } from './errors.ts';
import { ownPackage } from './own-package.ts';
import { checkSources } from './source-checks.ts';

/** What `fxscale doctor` found. Seconds, bytes, cores, requests per second. */
export type Diagnosis = {
  readonly schema: 'fxscale.doctor/1';
  /** ISO 8601. */
  readonly date: string;
  readonly version: string;
  readonly machine: Machine;
  readonly checks: readonly Check[];
  /** This one's, or without `--calibrate` the last one of this machine that is kept. */
  readonly calibration: Calibration | null;
  /** A calibration that came to nothing: no rate was on schedule. */
  readonly attempt?: Ladder;
};

export type DiagnosisSettings = {
  readonly collect: readonly string[];
  /** Seconds of load to calibrate with; without them nothing is loaded. */
  readonly seconds: number | undefined;
  readonly workers: number | 'auto';
  readonly signal: AbortSignal;
  progress(done: { seconds: number; of: number }): void;
};

/** Looks at this machine and measures what it can generate. Throws USAGE, INTERNAL, and the signal's reason. */
export async function diagnose(settings: DiagnosisSettings): Promise<Diagnosis> {
  const { signal, collect, seconds } = settings;
  const { version, engines } = ownPackage();
  const machine = thisMachine();
  const sources = await checkSources(collect);
  const checks = [...(await examine(path.join('.fxscale', 'runs'), engines.node)), ...sources];
  signal.throwIfAborted();
  const found = {
    schema: 'fxscale.doctor/1',
    date: new Date().toISOString(),
    version,
    machine,
    checks,
  } as const;
  if (seconds === undefined) return { ...found, calibration: readCalibration() ?? null };
  const ladder = await calibrate({ ...settings, seconds }).catch((error: unknown) => {
    // A machine where nothing can be started, or nothing written to its temporary folder, still has a diagnosis.
    if (signal.aborted || !(error instanceof Error && 'code' in error)) throw error;
    return error.message;
  });
  if (typeof ladder === 'string') {
    const check = {
      name: 'calibration',
      group: 'machine',
      status: 'unknown',
      detail: { why: ladder },
    } as const;
    return { ...found, checks: [...checks, check], calibration: null };
  }
  const { requestsPerSecond, cpuPerRequest, scheduleLag } = ladder;
  if (requestsPerSecond === null || cpuPerRequest === null || scheduleLag === null)
    return { ...found, calibration: null, attempt: ladder };
  const of = { machine, version, date: new Date().toISOString() };
  return { ...found, calibration: { ...ladder, requestsPerSecond, cpuPerRequest, scheduleLag, ...of } };
}

/** Why fxscale cannot do its work here, if it cannot: something required first, then a source that is not read. */
export function failureOf({ checks }: Diagnosis): FxscaleError | undefined {
  const failed = checks.filter(({ status }) => status === 'failed');
  const [first] = failed.filter(({ group }) => group !== 'sources');
  if (first?.name === 'node')
    return new FxscaleError(
      'USAGE',
      `Node ${first.version} is too old: install Node ${first.detail.needs} or newer`,
    );
  if (first !== undefined)
    return new FxscaleError(
      'OUTPUT',
      `runs cannot be kept in ${first.detail.folder}: ${first.detail.why}; run it in a folder that may be written to`,
    );
  const [source] = failed;
  if (source === undefined) return undefined;
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return new FxscaleError(
    'UNREACHABLE',
    `${source.name} cannot be read: ${source.remarks?.at(-1)?.replace(/^no sample: /, '')}${more}; start it, or correct the address`,
  );
}
