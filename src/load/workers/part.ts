import type { FxscaleError } from '../../errors.ts';
import { clockFrom } from '../clock.ts';
import type { ScriptLog } from '../console.ts';
import { ScenarioCrew } from '../crew.ts';
import { drive, Stop } from '../driver.ts';
import { setUp, tearDown } from '../lifecycle.ts';
import { resolveOptions, type Scenario } from '../options.ts';
import { Flow } from '../outputs/flow.ts';
import type { SampleChunk, SampleWriter } from '../outputs/samples.ts';
import { sampleWriters } from '../outputs/writers.ts';
import { requirements } from '../schedule/plan.ts';
import { planOf } from '../schedule/plan-of.ts';
import { equalPart, stripesOf, unscale } from '../schedule/segment.ts';
import { type Share, shareOf } from '../schedule/share.ts';
import { type CompiledScript, loadScript } from '../script.ts';
import { type ScenarioProgress, Session } from '../session.ts';
import { Ticker } from '../ticker.ts';
import { User, type VUIds, vuZero } from '../user.ts';
import { Counts } from './counts.ts';
import { declareViews, takeResults } from './merge.ts';
import type { Configuration, Inspection, Orders, Tick, WorkerStart } from './messages.ts';

/** How often samples are handed over to the outputs: k6's period. */
const FLUSH_MS = 200;

/** What a part of a test says to the rest of it. */
export type Surroundings = {
  log: ScriptLog;
  /** Asks for the end of the whole run. */
  stop(error: FxscaleError): void;
  /** Hands over lines for one of the outputs. */
  samples(output: number, chunk: SampleChunk): void;
};

/** Everything that one worker runs of a test: its virtual users, and in the first worker what VU 0 does. */
export class Part {
  readonly stop = new Stop();
  readonly #script: CompiledScript;
  readonly #start: WorkerStart;
  readonly #around: Surroundings;
  #configured: Configured | undefined;

  constructor(start: WorkerStart, around: Surroundings) {
    this.#start = start;
    this.#around = around;
    this.#script = loadScript(start.code);
  }

  /**
   * Runs the module bodies once to learn the script's options, on which everything else depends. Throws SCRIPT when one
   * of them throws.
   */
  async inspect(): Promise<Inspection> {
    const { options, consolidated } = resolveOptions({});
    const session = this.#session(options, consolidated, { sharedArrays: new Map() });
    const { exports } = await User.create(vuZero, session, this.#script);
    return {
      options: exports.options === undefined ? undefined : JSON.parse(JSON.stringify(exports.options)),
      functions: this.#script.exports.filter((name) => typeof exports[name] === 'function'),
      metrics: takeResults(session).metrics,
      sharedArrays: session.sharedArrays,
      files: session.files.contents,
    };
  }

  /** Makes this part's virtual users. */
  async configure(configuration: Configuration): Promise<void> {
    const { options, consolidated, sharedArrays, files, worker, workers, counts, openLoop } = configuration;
    const session = this.#session(options, consolidated, {
      sharedArrays,
      files,
      openLoop,
      counts: new Counts(counts, worker),
    });
    const writers = this.#writers(configuration);
    for (const { tap } of writers) session.registry.tapInto(tap);
    const shares = options.scenarios.flatMap((scenario) => {
      const share = shareOf(planOf(scenario), configuration.instance, equalPart(workers, worker));
      return share === undefined ? [] : [{ scenario, share }];
    });
    const own = { session, shares, users: [], writers, idFrom: numbering(configuration) };
    this.#configured = own;
    const timed = shares.map(({ scenario, share }) => ({ startTime: scenario.startTime, plan: share.plan }));
    for (let count = requirements(timed).planned; count > 0; count--) await this.#addUser(own);
    declareViews(session.registry, configuration.views);
  }

  async setUp(): Promise<string | undefined> {
    const { options } = this.#ready().session;
    return setUp({ options, stop: this.stop }, await this.#zero());
  }

  /** Runs every scenario's share; `tick` is told once a second. `at` is in nanoseconds of the monotonic clock. */
  async load({ at, data }: Orders['load']['order'], tick: (tick: Tick) => void): Promise<void> {
    const own = this.#ready();
    const { session } = own;
    const zero = performance.now() + Number(at - process.hrtime.bigint()) / 1e6;
    const clock = clockFrom(zero);
    session.startedAt = zero;
    // The rows of a run are the load's: what setup sent is in the metrics only.
    session.rows.take();
    const idle = [...own.users];
    const ticker = new Ticker(session, clock, tick);
    await Promise.all(
      own.shares.map(async ({ scenario, share }) => {
        const progress = progressOf(scenario, share, () => clock.now());
        const joining = { scenario, share, progress, data };
        const crew = new ScenarioCrew(session, idle, joining, () => this.#addUser(own));
        await drive(share.plan, { clock, stop: this.stop, crew, startTime: scenario.startTime });
        crew.disband();
      }),
    );
    ticker.end();
  }

  async tearDown(data: string | undefined): Promise<void> {
    const { options } = this.#ready().session;
    await tearDown({ options, stop: this.stop }, await this.#zero(), data);
  }

  /** What was counted since the last tick that carried results; the outputs get the rest of their samples, too. */
  collect(): Orders['collect']['answer'] {
    const { session, writers } = this.#ready();
    for (const writer of writers) writer.flush();
    return {
      results: takeResults(session),
      health: session.targetHealth(),
      markedFailed: session.markedFailed,
    };
  }

  /** The script's own summary of `data`, which is JSON; undefined when it has none. */
  async summarise(data: string): Promise<Orders['summarise']['answer']> {
    const zero = await this.#zero();
    if (typeof zero.exports.handleSummary !== 'function') return undefined;
    const given: unknown = await zero.call('handleSummary', JSON.parse(data));
    if (given === undefined || given === null) return undefined;
    if (typeof given !== 'object') throw new TypeError('handleSummary() must return an object');
    return Object.fromEntries(
      Object.entries(given).map(([path, content]) => [
        path,
        typeof content === 'string' || content instanceof ArrayBuffer ? content : String(content),
      ]),
    );
  }

  /** A new VU 0: as in k6, setup, teardown and handleSummary run in an instance of the script of their own each. */
  #zero(): Promise<User> {
    return User.create(vuZero, this.#ready().session, this.#script);
  }

  #writers({ outputs, flows, options }: Configuration): SampleWriter[] {
    const ahead = flows.map((flow) => new Flow(flow));
    const writers = sampleWriters(outputs, options, (output, chunk) => {
      const bytes = chunk.text.length;
      this.#around.samples(output, chunk);
      ahead[output]?.sent(bytes);
    });
    const flush = () => {
      for (const writer of writers) writer.flush();
    };
    if (writers.length > 0) setInterval(flush, FLUSH_MS).unref();
    return writers;
  }

  #ready(): Configured {
    if (this.#configured === undefined) throw new Error('this part is not configured');
    return this.#configured;
  }

  async #addUser({ session, users, idFrom }: Configured): Promise<User> {
    const user = await User.create(idFrom(users.length), session, this.#script);
    users.push(user);
    session.counts.initialised++;
    return user;
  }

  #session(
    options: Configuration['options'],
    consolidated: object,
    given: {
      sharedArrays: Session['sharedArrays'];
      files?: Session['files']['contents'];
      openLoop?: boolean;
      counts?: Counts;
    },
  ): Session {
    return new Session(options, consolidated, {
      openLoop: false,
      counts: new Counts(),
      ...given,
      log: this.#around.log,
      env: { ...this.#start.env },
      allowedHosts: this.#start.allowedHosts,
      secretSources: this.#start.secretSources,
      concurrent: this.#script.concurrent,
      stopFlag: new Int32Array(this.#start.stopFlag),
      stop: (error) => {
        this.stop.request();
        this.#around.stop(error);
      },
    });
  }
}

type Configured = {
  session: Session;
  shares: { scenario: Scenario; share: Share }[];
  users: User[];
  writers: SampleWriter[];
  /** The ids of the n-th VU of this part, from 0. */
  idFrom: (n: number) => VUIds;
};

function numbering({ instance, worker, workers }: Configuration): (n: number) => VUIds {
  const own = stripesOf(equalPart(workers, worker));
  const whole = instance === undefined ? undefined : stripesOf(instance);
  return (n) => {
    const inInstance = own === undefined ? n : unscale(own, n);
    return { inInstance: inInstance + 1, inTest: (whole ? unscale(whole, inInstance) : inInstance) + 1 };
  };
}

function progressOf(scenario: Scenario, { plan }: Share, now: () => number): ScenarioProgress {
  const total = plan.kind === 'iterations' ? plan.iterations * (plan.shared ? 1 : plan.vus) : undefined;
  const byTime = () => (now() - scenario.startTime) / plan.end;
  const progress: ScenarioProgress = {
    name: scenario.name,
    executor: scenario.executor,
    startedAt: Date.now() + (scenario.startTime - now()) * 1000,
    progress: () => Math.min(1, Math.max(0, total === undefined ? byTime() : progress.done / total)),
    iterations: 0,
    done: 0,
  };
  return progress;
}
