import { FxscaleError } from '../errors.ts';
import { clockFrom } from './clock.ts';
import { ProcessCpu } from './health.ts';
import { record, Tags } from './metrics.ts';
import type { Ended, Listener, Test } from './test.ts';
import { crossedMessage, type Verdict } from './thresholds.ts';
import { THRESHOLD_PERIOD } from './ticker.ts';
import { Counts } from './workers/counts.ts';
import { addResults } from './workers/merge.ts';
import type { TargetHealth, Tick } from './workers/messages.ts';
import { mergeTicks, Seconds } from './workers/seconds.ts';
import type { Thread } from './workers/thread.ts';

/** Runs a prepared test to its end; rejects only for a fault of the engine itself. */
export async function runTest(test: Test, listener: Listener): Promise<Ended> {
  const started = performance.now();
  const { ending } = test;
  let markedFailed = false;
  let setupData: string | undefined;
  try {
    setupData = await setUp(test);
    // What was stopped in setup has nothing to load and nothing to take down.
    if (ending.error === undefined) {
      await load(test, setupData, listener);
      await tearDown(test, setupData);
    }
  } catch (error) {
    if (!(error instanceof FxscaleError)) throw error;
    ending.error ??= error;
  }
  for (const thread of test.threads.all) {
    if (thread.gone) continue;
    const last = await thread.ask('collect', null);
    addResults(test.books, last.results);
    markedFailed ||= last.markedFailed;
  }
  test.flush();
  const seconds = (performance.now() - started) / 1000;
  const verdicts = test.thresholds.judge(seconds, true).verdicts;
  const crossed = ending.error === undefined ? crossedMessage(verdicts) : undefined;
  if (markedFailed && ending.error === undefined) test.log('error', 'test run was marked as failed');
  const exitCode = exitCodeOf(ending.error, verdicts, markedFailed);
  return { exitCode, error: ending.error, verdicts, crossed, seconds, books: test.books, setupData };
}

function exitCodeOf(error: FxscaleError | undefined, verdicts: Verdict[], markedFailed: boolean): number {
  if (error !== undefined) return error.exitCode;
  if (verdicts.some(({ ok }) => !ok)) return 99;
  return markedFailed ? 110 : 0;
}

/** What setup() gave, as JSON. Throws SETUP_TIMEOUT, SCRIPT or SCRIPT_OTHER. */
async function setUp({ threads, functions, options }: Test): Promise<string | undefined> {
  if (!functions.has('setup') || options.noSetup) return undefined;
  const late = new FxscaleError('SETUP_TIMEOUT', tooLong('setup', options.setupTimeout));
  const data = await threads.call((thread) => thread.ask('setUp', null), options.setupTimeout, late);
  return data ?? undefined;
}

/** Throws TEARDOWN_TIMEOUT or SCRIPT. */
async function tearDown({ threads, functions, options }: Test, data: string | undefined): Promise<void> {
  if (!functions.has('teardown') || options.noTeardown) return;
  const late = new FxscaleError('TEARDOWN_TIMEOUT', tooLong('teardown', options.teardownTimeout));
  await threads.call((thread) => thread.ask('tearDown', data), options.teardownTimeout, late);
}

function tooLong(name: 'setup' | 'teardown', seconds: number): string {
  return `${name}() took longer than ${seconds}s and was stopped; raise ${name}Timeout`;
}

/** Runs the load in all workers, and with every second of it makes a row and, every two, looks at the thresholds. */
async function load(test: Test, data: string | undefined, listener: Listener): Promise<void> {
  const { threads } = test;
  const clock = clockFrom(performance.now());
  const watch = new Watch(test, listener, clock.now);
  const seconds = new Seconds(threads.all, (second, ticks) => watch.second(second, ticks));
  listener.started(clock.now);
  await threads.load(data, test.longest, {
    tick: (thread, tick) => {
      watch.tick(thread, tick);
      seconds.add(thread, tick);
    },
    ended: (thread) => seconds.leave(thread),
  });
  if (test.ending.error === undefined && new Counts(threads.counts).total('completed') === 0) {
    test.log('warning', 'No script iterations fully finished, consider making the test duration longer');
  }
}

/** What the main thread makes of what the workers tell. */
class Watch {
  readonly #test: Test;
  readonly #listener: Listener;
  readonly #now: () => number;
  readonly #counts: Counts;
  readonly #cpu = new ProcessCpu();
  readonly #targets = new Map<Thread, TargetHealth>();
  readonly #tags: Tags;
  #rowAt = 0;
  #dropped = 0;
  #completed = 0;

  constructor(test: Test, listener: Listener, now: () => number) {
    this.#test = test;
    this.#listener = listener;
    this.#now = now;
    this.#counts = new Counts(test.threads.counts);
    this.#tags = Tags.of(test.options.tags);
  }

  tick(thread: Thread, tick: Tick): void {
    this.#targets.set(thread, tick.health);
    if (tick.results !== undefined) addResults(this.#test.books, tick.results);
  }

  /** A second that all workers have told of. */
  second(second: number, ticks: readonly Tick[]): void {
    // A timer may fire in the millisecond before; what is left of a second at the end is no second.
    const full = ticks.every(({ t }) => t > second - 0.5);
    if (full) this.#gauges();
    this.#row(ticks);
    if (full && second % THRESHOLD_PERIOD === 0) this.#judge();
    this.#giveUpWithoutTarget();
  }

  #gauges(): void {
    const { registry } = this.#test.books;
    const values = { vus: this.#counts.total('active'), vus_max: this.#counts.total('initialised') };
    for (const [name, value] of Object.entries(values)) {
      const metric = registry.get(name);
      if (metric !== undefined) record(metric, this.#tags, value);
    }
  }

  #row(ticks: readonly Tick[]): void {
    const [completed, dropped] = [this.#counts.total('completed'), this.#counts.total('dropped')];
    const t = Math.max(...ticks.map((tick) => tick.t));
    const row = mergeTicks(ticks, {
      cpu: this.#cpu.take(t - this.#rowAt),
      dropped: dropped - this.#dropped,
      iterations: completed - this.#completed,
      vus: this.#counts.total('initialised'),
    });
    this.#rowAt = t;
    this.#dropped = dropped;
    this.#completed = completed;
    if (row.seconds > 0) {
      this.#listener.row(row, { vus: this.#counts.total('active'), iterations: completed });
    }
  }

  #judge(): void {
    const { abort } = this.#test.thresholds.judge(this.#now(), false);
    if (abort !== undefined) this.#test.stop(new FxscaleError('THRESHOLDS', abort));
  }

  /** A target that never answered will not be measured by trying on: it is told in one line instead. */
  #giveUpWithoutTarget(): void {
    const told = [...this.#targets.values()];
    const refused = told.reduce((sum, target) => sum + target.refused, 0);
    if (told.some(({ answered }) => answered > 0) || refused < 3 || this.#now() < 2) return;
    const last = told.find(({ lastRefusal }) => lastRefusal !== '')?.lastRefusal ?? '';
    this.#test.stop(
      new FxscaleError(
        'UNREACHABLE',
        `the target does not answer (${last}; ${refused} tries): start the service, or correct the address`,
      ),
    );
  }
}
