import type { ErrorCode } from '../../errors.ts';
import type { HistogramJson } from '../../models/histogram.ts';
import type { ClassRow } from '../../run.ts';
import type { LogFields, LogLevel } from '../console.ts';
import type { Options } from '../options.ts';
import type { Destination } from '../outputs/destinations.ts';
import type { SampleChunk } from '../outputs/samples.ts';
import type { Division } from '../schedule/segment.ts';
import type { ScriptCode } from '../script.ts';
import type { SecretSource } from '../secret-sources.ts';
import type { Session } from '../session.ts';
import type { MetricState, Results, Views } from './merge.ts';

/**
 * What the main thread and the workers of a run say to each other, all of it plain data. The main thread asks and a
 * worker answers; besides, a worker tells. Scripts run in workers only, so that the main thread can always answer a
 * signal, read the service and end a worker that is stuck.
 */

/** What a worker starts with. */
export type WorkerStart = {
  readonly code: ScriptCode;
  readonly env: Readonly<Record<string, string>>;
  readonly allowedHosts: ReadonlySet<string>;
  readonly secretSources: readonly SecretSource[];
  readonly stopFlag: SharedArrayBuffer;
};

/** What the script said of itself when VU 0 ran its module bodies for the first time. */
export type Inspection = {
  /** The exported options as they came through JSON; undefined when there are none. */
  readonly options: unknown;
  /** Names of the exported functions. */
  readonly functions: readonly string[];
  readonly metrics: readonly MetricState[];
  readonly sharedArrays: Session['sharedArrays'];
  /** The files that were opened, by path. */
  readonly files: Session['files']['contents'];
};

/** A worker's part of the test, and all it must know of the whole. */
export type Configuration = {
  readonly options: Options;
  readonly consolidated: object;
  readonly openLoop: boolean;
  /** This process's part of the test, when it runs only a part. */
  readonly instance: Division | undefined;
  readonly worker: number;
  readonly workers: number;
  readonly counts: SharedArrayBuffer;
  readonly views: Views;
  readonly sharedArrays: Session['sharedArrays'];
  /** The files that were opened, by path. */
  readonly files: Session['files']['contents'];
  readonly outputs: readonly Destination[];
  /** For each output, how far this worker is ahead of whoever writes it. */
  readonly flows: readonly SharedArrayBuffer[];
};

/** One second of a worker, or what is left of it at the end. */
export type Tick = {
  /** Whole seconds since the start of the load, rounded up. */
  readonly second: number;
  /** When it was taken, and how much of the second it covers, in seconds. */
  readonly t: number;
  readonly seconds: number;
  readonly classes: Readonly<Record<string, ClassRow>>;
  /** How late iterations started, seconds. */
  readonly startLag: HistogramJson;
  readonly loopLag: number;
  readonly inFlight: number;
  readonly health: TargetHealth;
  /** Sent at the ticks at which thresholds are judged, and at the end. */
  readonly results: Results | undefined;
};

/** What became of requests, since the start. */
export type TargetHealth = {
  readonly answered: number;
  readonly refused: number;
  readonly lastRefusal: string;
};

/** What the main thread asks for, and what it is told then. */
export type Orders = {
  inspect: { order: null; answer: Inspection };
  configure: { order: Configuration; answer: null };
  setUp: { order: null; answer: string | undefined };
  /** Answered when the last iteration has ended. `at` is in nanoseconds of the process's monotonic clock. */
  load: { order: { at: bigint; data: string | undefined }; answer: null };
  tearDown: { order: string | undefined; answer: null };
  /** The answer is what is left to be counted. */
  collect: { order: null; answer: { results: Results; health: TargetHealth; markedFailed: boolean } };
  /** Gives the script's own summary: texts and bytes by path; undefined when it has none or none came of it. */
  summarise: { order: string; answer: Readonly<Record<string, string | ArrayBuffer>> | undefined };
};

export type OrderName = keyof Orders;

export type ToWorker =
  | { [N in OrderName]: { id: number; name: N; order: Orders[N]['order'] } }[OrderName]
  | { stop: true };

export type PlainError = { readonly code: ErrorCode; readonly message: string };

export type FromWorker =
  | { id: number; answer: Orders[OrderName]['answer'] }
  | { id: number; error: PlainError }
  | { id: number; fault: string }
  | { log: readonly [level: LogLevel, message: string, fields: LogFields | undefined] }
  | { tick: Tick }
  | { output: number; chunk: SampleChunk }
  /** The script, or a fault in what it does, asks for the end of the run. */
  | { stop: PlainError };
