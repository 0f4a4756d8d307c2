import { FxscaleError } from '../errors.ts';
import { type Clock, realClock } from './clock.ts';
import type { ScriptLog } from './console.ts';
import { ScenarioCrew } from './crew.ts';
import { drive, Stop } from './driver.ts';
import { setUp, tearDown } from './lifecycle.ts';
import { supportedModules } from './modules/surface.ts';
import { type OptionLayers, type Options, resolveOptions, type Scenario } from './options.ts';
import { requirements, type SchedulePlan } from './schedule/plan.ts';
import { planOf } from './schedule/plan-of.ts';
import { type CompiledScript, compileScript } from './script.ts';
import { type ScenarioProgress, Session } from './session.ts';
import type { Ended, Listener, Test } from './test.ts';
import { crossedMessage, Thresholds, type Verdict } from './thresholds.ts';
import { Ticker } from './ticker.ts';
import { User } from './user.ts';

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
