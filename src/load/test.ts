import type { FxscaleError } from '../errors.ts';
import type { RunRow } from '../run.ts';
import type { Stop } from './driver.ts';
import type { Options, Scenario } from './options.ts';
import type { SchedulePlan } from './schedule/plan.ts';
import type { CompiledScript } from './script.ts';
import type { Session } from './session.ts';
import type { Thresholds, Verdict } from './thresholds.ts';

/** A script that is compiled, configured and known to be runnable. */
export type Test = {
  readonly script: CompiledScript;
  readonly options: Options;
  readonly warnings: string[];
  /** Arrival-rate executors only. */
  readonly openLoop: boolean;
  /** Seconds from the start of the first scenario to the end of the last one's regular duration. */
  readonly seconds: number;
  readonly session: Session;
  readonly thresholds: Thresholds;
  readonly planned: readonly Planned[];
  readonly stop: Stop;
  /** The first reason for which the run was stopped. */
  readonly ending: { error?: FxscaleError };
};

export type Planned = { scenario: Scenario; plan: SchedulePlan };

export type Ended = {
  exitCode: number;
  /** Why the run did not end as planned; its message is for the user. */
  error: FxscaleError | undefined;
  verdicts: Verdict[];
  /** Setup, load and teardown: what counter rates are divided by. */
  seconds: number;
  session: Session;
};

export type Listener = {
  /** Once, at the start of the load, after setup. `now` gives its seconds. */
  started(now: () => number): void;
  /** Once a second. */
  row(row: RunRow, progress: { vus: number; iterations: number }): void;
};
