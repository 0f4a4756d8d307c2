import { FxscaleError } from '../errors.ts';
import { COARSE_BITS, Histogram } from '../models/histogram.ts';
import { breakDown } from './breakdown.ts';
import type { ScriptLog } from './console.ts';
import { Group } from './groups.ts';
import { isLoopback } from './http/dial/addresses.ts';
import { Dialler } from './http/dial/dialler.ts';
import { RateLimit } from './http/rate-limit.ts';
import { HttpRecorder } from './http/series.ts';
import { type Builtins, declareBuiltins, Registry, Tags } from './metrics.ts';
import { type FileContents, OpenedFiles } from './opened-files.ts';
import type { Options } from './options.ts';
import { Redaction } from './redaction.ts';
import { SecondRows } from './rows.ts';
import type { SecretSource } from './secret-sources.ts';
import type { SharedElements } from './shared-array.ts';
import type { Counts } from './workers/counts.ts';

/** How a scenario is getting on, as `k6/execution` tells it. */
export type ScenarioProgress = {
  readonly name: string;
  readonly executor: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Share of its iterations that have ended, or of its regular duration that has passed, 0 to 1. */
  progress: () => number;
  iterations: number;
  /** Those of them that have ended. */
  done: number;
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
  /** How connections are made, and to where. */
  readonly dialler: Dialler;
  /** k6's `rps`, as far as it is this thread's to keep. */
  limiter: RateLimit | undefined;
  /** By name. */
  readonly sharedArrays: Map<string, SharedElements>;
  /** What `open` and `k6/experimental/fs` have read. */
  readonly files: OpenedFiles;
  /** For `k6/secrets`. */
  readonly secretSources: readonly SecretSource[];
  /** Applied to every message of the log. */
  readonly redaction = new Redaction();
  /** The script has async code of its own, so one VU may want to block in two places. */
  readonly concurrent: boolean;
  readonly counts: Counts;
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
  /** Not 0 once the run is to end: what a script's own loops look at, as no message reaches them. */
  readonly stopFlag: Int32Array;
  /** Hosts other than loopback that the user allowed load to. */
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #stop: (error: FxscaleError) => void;

  constructor(
    options: Options,
    consolidated: object,
    given: {
      log: ScriptLog;
      env: Record<string, string>;
      openLoop: boolean;
      concurrent: boolean;
      sharedArrays: Map<string, SharedElements>;
      /** The files that the first initialisation opened, the only ones that may be opened; absent in that one. */
      files?: ReadonlyMap<string, FileContents> | undefined;
      secretSources?: readonly SecretSource[] | undefined;
      allowedHosts: ReadonlySet<string>;
      counts: Counts;
      stopFlag: Int32Array;
      stop: (error: FxscaleError) => void;
    },
  ) {
    this.counts = given.counts;
    this.stopFlag = given.stopFlag;
    this.sharedArrays = given.sharedArrays;
    this.files = new OpenedFiles(given.files);
    this.secretSources = given.secretSources ?? [];
    this.concurrent = given.concurrent;
    this.options = options;
    this.consolidated = consolidated;
    this.log = (level, message, fields) => given.log(level, this.redaction.apply(message), fields);
    this.env = given.env;
    this.#allowedHosts = given.allowedHosts;
    this.#stop = given.stop;
    this.builtins = declareBuiltins(this.registry);
    if (options.summaryMode === 'full') breakDown(this.registry);
    this.rows = new SecondRows(given.openLoop);
    this.http = new HttpRecorder(this.builtins, this.rows, options.systemTags);
    this.baseTags = Tags.of(options.tags);
    this.dialler = new Dialler(options, (host, addresses) => this.admit(host, addresses));
    this.limiter = options.rps > 0 ? new RateLimit(options.rps) : undefined;
  }

  /** Throws, and stops the run, unless load may go to `host`, whose addresses are `addresses`: where it is dialled. */
  admit(host: string, addresses: readonly string[]): void {
    const allowed = this.#allowedHosts;
    const local = addresses.length > 0 && addresses.every((one) => isLoopback(one) || allowed.has(one));
    if (local || allowed.has(host)) return;
    const error = new FxscaleError(
      'USAGE',
      `the script sends load to ${host}, which is not this machine: if you may load it, add --allow-host ${host}`,
    );
    this.#stop(error);
    throw error;
  }

  /** What became of the requests so far. */
  targetHealth(): { answered: number; refused: number; lastRefusal: string } {
    const { answered, refused, lastRefusal } = this;
    return { answered, refused, lastRefusal };
  }

  /** Ends the run early. What is thrown to the script as well only ends its own iteration. */
  stop(error: FxscaleError): void {
    this.#stop(error);
  }
}
