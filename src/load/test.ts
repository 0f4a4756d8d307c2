import type { FxscaleError } from '../errors.ts';
import type { RunRow } from '../run.ts';
import type { ScriptLog } from './console.ts';
import type { Options } from './options.ts';
import type { Division } from './schedule/segment.ts';
import type { Thresholds, Verdict } from './thresholds.ts';
import type { Books } from './workers/merge.ts';
import type { Threads } from './workers/threads.ts';

/** A script that is compiled, configured and known to be runnable; `close` ends its threads. */
export type Test = {
  readonly options: Options;
  /** k6's `exec.test.options`. */
  readonly consolidated: object;
  readonly warnings: string[];
  /** Names of the functions that the script exports. */
  readonly functions: ReadonlySet<string>;
  /** Arrival-rate executors only. */
  readonly openLoop: boolean;
  /** Seconds from the start of the first scenario to the end of the last one's regular duration. */
  readonly seconds: number;
  /** Seconds until the last iteration has been interrupted. */
  readonly longest: number;
  /** VUs at most. */
  readonly maxVUs: number;
  /** The part of the test that this process runs, when it runs only a part. */
  readonly instance: Division | undefined;
  /** How much of the test that is, 0 to 1. */
  readonly share: number;
  readonly workers: number;
  readonly thresholds: Thresholds;
  /** Everything that all workers counted. */
  readonly books: Books;
  /** Hands over what this thread's own samples wrote for the outputs so far. */
  flush(): void;
  readonly threads: Threads;
  /** The first reason for which the run was stopped. */
  readonly ending: { error?: FxscaleError };
  readonly log: ScriptLog;
  /** Ends the run in order: iterations are interrupted, teardown runs. The first reason counts. */
  stop(error: FxscaleError): void;
  close(): Promise<void>;
};

export type Ended = {
  exitCode: number;
  /** Why the run did not end as planned; its message is for the user. */
  error: FxscaleError | undefined;
  verdicts: Verdict[];
  /** The line that says which thresholds do not hold, for the end of the log. */
  crossed: string | undefined;
  /** Setup, load and teardown: what counter rates are divided by. */
  seconds: number;
  books: Books;
  /** What setup gave, as JSON. */
  setupData: string | undefined;
};

export type Listener = {
  /** Once, at the start of the load, after setup. `now` gives its seconds. */
  started(now: () => number): void;
  /** Once a second. */
  row(row: RunRow, progress: { vus: number; iterations: number }): void;
};
