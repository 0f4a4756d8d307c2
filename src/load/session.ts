import { FxscaleError } from '../errors.ts';
import { COARSE_BITS, Histogram } from '../models/histogram.ts';
import type { ScriptLog } from './console.ts';
import { Group } from './groups.ts';
import { HttpRecorder } from './http/series.ts';
import { isLoopback, type Origin } from './http/target.ts';
import { type Builtins, declareBuiltins, Registry, Tags } from './metrics.ts';
import type { Options } from './options.ts';
import { SecondRows } from './rows.ts';

/** How a scenario is getting on, as `k6/execution` tells it. */
export type ScenarioProgress = {
  readonly name: string;
  readonly executor: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Share of its regular duration that has passed, 0 to 1. */
  progress: () => number;
  iterations: number;
};

/** What all virtual users of one run share. */
export class Session {
  readonly options: Options;
  /** k6's `exec.test.options`. */
  readonly consolidated: object;
  readonly log: ScriptLog;
  readonly env: Record<string, string>;
  readonly registry = new Registry();
  readonly builtins: Builtins;
  readonly rows: SecondRows;
  readonly http: HttpRecorder;
  readonly root = new Group();
  readonly baseTags: Tags;
  /** SharedArrays by name: every element as JSON. */
  readonly sharedArrays: Map<string, readonly string[]>;
  /** The script has async code of its own, so one VU may want to block in two places. */
  readonly concurrent: boolean;
  readonly counts = { completed: 0, interrupted: 0, dropped: 0, active: 0, initialised: 0 };
  /** How late iterations started since the last row, seconds. */
  readonly startLag = new Histogram(COARSE_BITS);
  /** Requests that have been sent and have not ended. */
  inFlight = 0;
  /** Requests that ended with a response, of whatever status. */
  answered = 0;
  /** Requests that could not connect. */
  refused = 0;
  lastRefusal = '';
  /** Monotonic milliseconds at the end of setup. */
  startedAt = 0;
  /** Set by `exec.test.fail`. */
  markedFailed = false;
  /** Hosts other than loopback that the user allowed load to. */
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #admitted = new Set<Origin>();
  readonly #stop: (error: FxscaleError) => void;

  constructor(
    options: Options,
    consolidated: object,
    given: {
      log: ScriptLog;
      env: Record<string, string>;
      openLoop: boolean;
      concurrent: boolean;
      sharedArrays: Map<string, readonly string[]>;
      allowedHosts: ReadonlySet<string>;
      stop: (error: FxscaleError) => void;
    },
  ) {
    this.sharedArrays = given.sharedArrays;
    this.concurrent = given.concurrent;
    this.options = options;
    this.consolidated = consolidated;
    this.log = given.log;
    this.env = given.env;
    this.#allowedHosts = given.allowedHosts;
    this.#stop = given.stop;
    this.builtins = declareBuiltins(this.registry);
    this.rows = new SecondRows(given.openLoop);
    this.http = new HttpRecorder(this.builtins, this.rows, options.systemTags);
    this.baseTags = Object.entries(options.tags).reduce(
      (tags, [key, value]) => tags.with(key, value),
      new Tags(),
    );
  }

  /** Throws, and stops the run, unless load may go to `origin`. */
  admit(origin: Origin): void {
    if (this.#admitted.has(origin)) return;
    if (!isLoopback(origin.host) && !this.#allowedHosts.has(origin.host)) {
      const error = new FxscaleError(
        'USAGE',
        `the script sends load to ${origin.host}, which is not this machine: if you may load it, add --allow-host ${origin.host}`,
      );
      this.#stop(error);
      throw error;
    }
    this.#admitted.add(origin);
  }

  /** Ends the run early. What is thrown to the script as well only ends its own iteration. */
  stop(error: FxscaleError): void {
    this.#stop(error);
  }
}
