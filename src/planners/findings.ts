import type { DatabaseFinding } from './database/findings.ts';
import type { ServiceFinding, StaleFinding } from './service/findings.ts';
import type { StreamFinding } from './streams/findings.ts';
import type { TrafficFinding } from './traffic/findings.ts';
import type { Resource } from './types.ts';

/**
 * What a planner noticed, as data: the report puts it into words. An `error` finding means that the plan must not be
 * used as it stands, a `warning` that a named figure rests on something weak, an `info` which choice was made and why.
 * Figures in `args` are in base units: seconds, bytes, cores, requests per second, shares of one.
 */
export type Severity = 'error' | 'warning' | 'info';

export type Coded<Code extends string, S extends Severity, Args extends object> = {
  code: Code;
  severity: S;
  args: Args;
};

/** About the runs that were measured. */
export type RunFinding =
  /** The generator fell behind its schedule, so the latencies of `run` are partly its own. */
  | Coded<'GENERATOR_LIMITED', 'error', { run: string; scheduleLag: number; dropped: number; cpu: number }>
  /** The run has no end line: it was killed after `seconds`; what was written is used. */
  | Coded<'RUN_INCOMPLETE', 'warning', { run: string; seconds: number }>
  | Coded<'REQUESTS_FAILED', 'warning', { run: string; share: number }>
  /** Samples that were missing; the `seconds` they cover are left out of the fits. */
  | Coded<'GAP', 'warning', { run: string; source: string; gaps: number; seconds: number }>
  /** It answered late, not to the end of the run, or never: it was read `samples` times, `from` one time `to` another. */
  | Coded<
      'SOURCE_PARTLY_READ',
      'warning',
      { run: string; source: string; samples: number; from: number; to: number; seconds: number }
    >
  /** A counter went down, so its process restarted; the interval is left out. */
  | Coded<'COUNTER_RESET', 'warning', { run: string; source: string; resets: number }>
  /** Left out at the start: the service was still warming up. */
  | Coded<'WARMUP_SKIPPED', 'info', { run: string; seconds: number }>
  /**
   * Fewer than one whole checkpoint cycle, and nothing tells how many images of whole pages a cycle has: WAL is told
   * without them where they were `counted`, and with as many as there happened to be where they were not.
   */
  | Coded<
      'CHECKPOINT_CYCLE_NOT_COVERED',
      'warning',
      { run: string; checkpoints: number; seconds: number; counted: boolean }
    >
  /** Fewer than one whole checkpoint cycle: WAL is told by its images, but not what a checkpoint writes to disk. */
  | Coded<'CHECKPOINT_WRITES_NOT_COVERED', 'warning', { run: string; checkpoints: number; seconds: number }>
  /** Resident memory was still rising at the end, at `rate` bytes per second and replica. */
  | Coded<'MEMORY_STILL_RISING', 'warning', { run: string; rate: number }>;

/** An interval that was far from a fit: what was used in it, what the fit expected, and what happened in it. */
export type StrikingInterval = {
  run: string;
  from: number;
  to: number;
  used: number;
  expected: number;
  /** A checkpoint began, a replica had just started, or the runtime collected garbage. Null when nothing tells. */
  cause: 'checkpoint' | 'restart' | 'collection' | null;
};

/** About the fits of service demand. */
export type FitFinding =
  /** No usable intervals for this resource, so nothing was planned from measurement for it. */
  | Coded<'NOT_MEASURED', 'warning', { resource: Resource; intervals: number; needed: number }>
  /** These classes rose and fell together, `pair` most of all: only what they cost together is known. */
  | Coded<
      'CLASSES_NOT_SEPARABLE',
      'warning',
      { resource: Resource; classes: string[]; pair: [string, string]; condition: number }
    >
  /** The load hardly varied: what the service uses when idle is counted as cost of the requests. */
  | Coded<'BACKGROUND_NOT_SEPARABLE', 'warning', { resource: Resource; condition: number }>
  /** Intervals far from the fit, which count less in it or not at all; the farthest of them, in order of time. */
  | Coded<
      'OUTLIERS_DOWNWEIGHTED',
      'info',
      { resource: Resource; intervals: number; of: number; farthest: StrikingInterval[] }
    >
  /** The counter rose `seconds` after the requests that it counts had ended, before where negative: allowed for. */
  | Coded<'COUNTER_LAGS', 'info', { run: string; resource: Resource; seconds: number }>
  /** The fit explains less than half of the variation. */
  | Coded<'POOR_FIT', 'warning', { resource: Resource; r2: number }>
  /** The plan asks for `to` requests per second of something (a replica, the database) that was tested to `from`. */
  | Coded<'FIT_EXTRAPOLATES', 'warning', { resource: Resource; from: number; to: number }>;

/** About what was not said and had to be assumed. */
export type AssumptionFinding =
  /** Nothing measured: these figures rest on the declared defaults. */
  | Coded<'DECLARED_DEFAULTS', 'warning', { figures: string[] }>
  /** A declared figure was given for what is also measured: the measured one is used. */
  | Coded<'MEASURED_WINS', 'info', { flag: string; declared: number; measured: number }>
  | Coded<'ASSUMED_PEAK', 'warning', { rate: number }>
  /** The load is taken to multiply by `multiplier` within `rise` seconds at its steepest. */
  | Coded<'ASSUMED_RISE', 'warning', { multiplier: number; rise: number }>
  | Coded<'ASSUMED_STARTUP', 'warning', { startup: number }>
  | Coded<'ASSUMED_REPLICA_CPU', 'warning', { cpu: number }>
  /** The average load is taken as the peak divided by `ratio`. */
  | Coded<'ASSUMED_AVERAGE_LOAD', 'warning', { peak: number; average: number; ratio: number }>
  /** `users` users that wait for each answer can send at most `rate` requests per second: taken as the peak. */
  | Coded<'RATE_FROM_USERS', 'warning', { users: number; latency: number; rate: number }>
  /** `users` users that wait for each answer cannot send `rate` requests per second at this latency. */
  | Coded<
      'RATE_EXCEEDS_USERS',
      'warning',
      { users: number; latency: number; rate: number; possible: number }
    >;

/** About the recommendation itself. */
export type AdviceFinding =
  /** The replicas were tested at `tested` cores, the recommended limit is `limit`. */
  | Coded<'LIMIT_NOT_TESTED', 'info', { limit: number; tested: number | null }>
  /** One JavaScript thread uses one core at most: what a replica has above it is not counted. */
  | Coded<'CPU_ABOVE_ONE_THREAD', 'warning', { cpu: number; used: number }>
  | Coded<'MEMORY_LIMIT_BELOW_OBSERVED', 'error', { limit: number; observed: number }>
  /** A replica loses `rate` bytes per second whatever the load, and is at its limit `seconds` after it began. */
  | Coded<'MEMORY_LEAKS', 'warning', { rate: number; seconds: number }>
  /** The load multiplies by `factor` before a new pod can help; scaling up before the event costs less. */
  | Coded<
      'RISE_FASTER_THAN_PODS',
      'warning',
      { event: string; factor: number; delay: number; target: number }
    >
  /** Nothing says when the load comes: the autoscaler was tried in a preset. */
  | Coded<'ASSUMED_TRAFFIC', 'warning', { traffic: string }>
  /** Also the best autoscaler breaks the SLO for longer than the budget; a floor before the events may help. Seconds. */
  | Coded<
      'AUTOSCALER_BREAKS_SLO',
      'warning',
      {
        violated: number;
        budget: number;
        floor: { replicas: number; lead: number; violated: number } | null;
      }
    >;

export type Finding =
  | RunFinding
  | FitFinding
  | AssumptionFinding
  | AdviceFinding
  | StaleFinding
  | ServiceFinding
  | DatabaseFinding
  | TrafficFinding
  | StreamFinding;

export type FindingCode = Finding['code'];
