import { FxscaleError } from '../errors.ts';
import type { RunRow } from '../run.ts';
import { type Clock, realClock } from './clock.ts';
import type { ScriptLog } from './console.ts';
import { type Crew, drive, Stop } from './driver.ts';
import { record } from './metrics.ts';
import { supportedModules } from './modules/surface.ts';
import { type OptionLayers, type Options, resolveOptions, type Scenario } from './options.ts';
import { requirements, type SchedulePlan } from './schedule/plan.ts';
import { planOf } from './schedule/plan-of.ts';
import { type CompiledScript, compileScript } from './script.ts';
import { type ScenarioProgress, Session } from './session.ts';
import { crossedMessage, Thresholds, type Verdict } from './thresholds.ts';
import { Ticker } from './ticker.ts';
import { User } from './user.ts';

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

type Planned = { scenario: Scenario; plan: SchedulePlan };

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

/**
 * Compiles the script at `path` and settles its options. `layers` are those above and below the script's own.
 * Throws SCRIPT_OPTIONS for options that do not validate, and whatever `compileScript` throws.
 */
export async function prepareTest(
  path: string,
  layers: Omit<OptionLayers, 'script'>,
  given: {
    log: ScriptLog;
    env: Record<string, string>;
    noThresholds: boolean;
    allowedHosts: ReadonlySet<string>;
  },
): Promise<Test> {
  const script = await compileScript(path, supportedModules);
  const sharedArrays = new Map<string, readonly string[]>();
  const stop = new Stop();
  const ending: { error?: FxscaleError } = {};
  const shared = {
    log: given.log,
    env: given.env,
    allowedHosts: given.allowedHosts,
    concurrent: script.concurrent,
    sharedArrays,
    stop: (error: FxscaleError) => {
      ending.error ??= error;
      stop.request();
    },
  };
  // The script's options are only known once its body has run, and everything else depends on them.
  const defaults = resolveOptions({});
  const quiet = { ...shared, log: () => undefined, openLoop: false };
  const first = await User.create(0, new Session(defaults.options, defaults.consolidated, quiet), script);
  const { options, warnings, consolidated } = resolveOptions({ ...layers, script: first.exports.options });
  if (ending.error !== undefined) throw ending.error;
  const planned = options.scenarios.map((scenario) => ({ scenario, plan: planOf(scenario) }));
  checkExports(options, script, first.exports);
  const openLoop = planned.length > 0 && planned.every(({ plan }) => plan.kind === 'starts');
  const session = new Session(options, consolidated, { ...shared, openLoop });
  const seconds = Math.max(0, ...planned.map(({ scenario, plan }) => scenario.startTime + plan.end));
  const thresholds = new Thresholds(given.noThresholds ? [] : options.thresholds);
  return { script, options, warnings, openLoop, seconds, session, thresholds, planned, stop, ending };
}

function checkExports(options: Options, script: CompiledScript, exported: Record<string, unknown>): void {
  if (script.exports.length === 0) {
    throw new FxscaleError('SCRIPT_OTHER', `${script.files[0]}: no exported functions in the script`);
  }
  for (const { name, exec } of options.scenarios) {
    if (typeof exported[exec] !== 'function') {
      throw new FxscaleError(
        'SCRIPT_OPTIONS',
        `scenario ${name}: function '${exec}' is not exported by ${script.files[0]}`,
      );
    }
  }
}

/** Runs a prepared test to its end; never rejects for what the script or the target does. */
export async function runTest(test: Test, listener: Listener): Promise<Ended> {
  const started = performance.now();
  const { session, ending } = test;
  const users: User[] = [];
  try {
    const zero = await User.create(0, session, test.script);
    users.push(zero);
    session.counts.initialised = 0;
    for (const warning of test.thresholds.register(session.registry)) session.log('warning', warning);
    await addUsers(test, users);
    const data = await setUp(test, zero);
    if (!test.stop.requested) await load(test, users, data, listener);
    await tearDown(test, zero, data);
  } catch (error) {
    if (!(error instanceof FxscaleError)) throw error;
    ending.error ??= error;
  } finally {
    for (const { vu } of users) vu.client.closeIdle();
  }
  const seconds = (performance.now() - started) / 1000;
  const verdicts = test.thresholds.judge(seconds, true).verdicts;
  const crossed = crossedMessage(verdicts);
  if (crossed !== undefined && ending.error === undefined) session.log('error', crossed);
  return { exitCode: exitCodeOf(test, verdicts), error: ending.error, verdicts, seconds, session };
}

function exitCodeOf({ ending, session }: Test, verdicts: Verdict[]): number {
  if (ending.error !== undefined) return ending.error.exitCode;
  if (verdicts.some(({ ok }) => !ok)) return 99;
  return session.markedFailed ? 110 : 0;
}

/** Initialises the VUs that the plans hold at any instant, in order of their ids. */
async function addUsers({ session, script, planned }: Test, users: User[]): Promise<void> {
  const most = requirements(planned.map(({ scenario, plan }) => ({ startTime: scenario.startTime, plan })));
  for (let id = 1; id <= most.planned; id++) users.push(await User.create(id, session, script));
}

async function setUp(test: Test, zero: User): Promise<string | undefined> {
  if (typeof zero.exports.setup !== 'function' || test.options.noSetup) return undefined;
  const result = await within(test, zero, 'setup', undefined, test.options.setupTimeout, 'SETUP_TIMEOUT');
  try {
    return result === undefined ? undefined : encodeSetupData(result);
  } catch (cause) {
    throw new FxscaleError('SCRIPT_OTHER', `the result of setup() must be JSON: ${String(cause)}`, { cause });
  }
}

function encodeSetupData(data: unknown): string {
  return JSON.stringify(data, function (this: Record<string, unknown>, key, value: unknown) {
    if (typeof value === 'function' || (typeof value === 'number' && !Number.isFinite(value))) {
      throw new TypeError(`${key === '' ? 'it' : JSON.stringify(key)} is ${String(value)}`);
    }
    // As Go writes times: without a fraction that is zero.
    return this[key] instanceof Date ? String(value).replace(/\.000Z$/, 'Z') : value;
  });
}

async function tearDown(test: Test, zero: User, data: string | undefined): Promise<void> {
  if (typeof zero.exports.teardown !== 'function' || test.options.noTeardown) return;
  const own = data === undefined ? undefined : (JSON.parse(data) as unknown);
  zero.vu.revive();
  await within(test, zero, 'teardown', own, test.options.teardownTimeout, 'TEARDOWN_TIMEOUT');
}

async function within(
  test: Test,
  user: User,
  name: 'setup' | 'teardown',
  data: unknown,
  seconds: number,
  code: 'SETUP_TIMEOUT' | 'TEARDOWN_TIMEOUT',
): Promise<unknown> {
  let late = false;
  const cutOff = () => user.interrupt();
  const timer = setTimeout(() => {
    late = true;
    cutOff();
  }, seconds * 1000);
  // A first Ctrl-C still lets teardown run.
  const forget = name === 'setup' ? test.stop.on(cutOff) : () => undefined;
  try {
    return await user.call(name, data);
  } catch (error) {
    if (late)
      throw new FxscaleError(
        code,
        `${name}() took longer than ${seconds}s and was stopped; raise ${name}Timeout`,
      );
    if (test.stop.requested && name === 'setup') return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/** Runs every scenario, and once a second takes a row and every two looks at the thresholds. */
async function load(test: Test, users: User[], data: string | undefined, listener: Listener): Promise<void> {
  const { session, stop } = test;
  const idle = users.slice(1);
  const clock = realClock();
  session.startedAt = performance.now();
  listener.started(clock.now);
  const seconds = new Ticker(test, users, clock, listener);
  await Promise.all(
    test.planned.map(async ({ scenario, plan }) => {
      const progress = progressOf(scenario, plan, clock);
      const crew = new ScenarioCrew(test, users, idle, { scenario, plan, progress, data });
      await drive(plan, { clock, stop, crew, startTime: scenario.startTime });
      crew.disband();
    }),
  );
  seconds.end();
}

function progressOf(scenario: Scenario, plan: SchedulePlan, clock: Clock): ScenarioProgress {
  return {
    name: scenario.name,
    executor: scenario.executor,
    startedAt: Date.now() + scenario.startTime * 1000,
    progress: () => Math.min(1, Math.max(0, (clock.now() - scenario.startTime) / plan.end)),
    iterations: 0,
  };
}

type Joining = {
  scenario: Scenario;
  plan: SchedulePlan;
  progress: ScenarioProgress;
  data: string | undefined;
};

/** The VUs of one scenario. Arrival rates keep theirs to the end; other executors give each back when it is done. */
class ScenarioCrew implements Crew<User> {
  readonly #test: Test;
  readonly #users: User[];
  readonly #idle: User[];
  readonly #joining: Joining;
  readonly #own: User[] = [];
  /** How many more may come from the idle ones, which other scenarios count on too. */
  #share: number;

  constructor(test: Test, users: User[], idle: User[], joining: Joining) {
    this.#test = test;
    this.#users = users;
    this.#idle = idle;
    this.#joining = joining;
    this.#share = joining.plan.kind === 'starts' ? joining.plan.preAllocatedVUs : Number.POSITIVE_INFINITY;
  }

  take(): User | undefined {
    const known = this.#own.pop();
    if (known !== undefined || this.#share === 0) return known;
    const fresh = this.#idle.shift();
    if (fresh === undefined) return undefined;
    this.#share--;
    return this.#joined(fresh);
  }

  giveBack(user: User): void {
    if (this.#joining.plan.kind === 'starts') this.#own.push(user);
    else returnTo(this.#idle, user);
  }

  async add(): Promise<User> {
    const user = await User.create(this.#users.length, this.#test.session, this.#test.script);
    this.#users.push(user);
    return this.#joined(user);
  }

  dropped(count: number): void {
    const { session } = this.#test;
    record(
      session.builtins.droppedIterations,
      session.baseTags.with('scenario', this.#joining.scenario.name),
      count,
    );
    session.counts.dropped += count;
  }

  /** Leaves the VUs to the other scenarios. */
  disband(): void {
    for (const user of this.#own.splice(0)) returnTo(this.#idle, user);
  }

  #joined(user: User): User {
    const { scenario, progress, data } = this.#joining;
    user.join(scenario, progress, data);
    return user;
  }
}

/** Idle VUs are taken in the order of their ids, as k6 does. */
function returnTo(idle: User[], user: User): void {
  const at = idle.findIndex(({ vu }) => vu.id > user.vu.id);
  idle.splice(at < 0 ? idle.length : at, 0, user);
}
