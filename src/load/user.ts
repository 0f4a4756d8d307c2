import { FxscaleError } from '../errors.ts';
import { scriptConsole } from './console.ts';
import type { Worker } from './driver.ts';
import { record } from './metrics.ts';
import { modulesOf } from './modules/surface.ts';
import type { Scenario } from './options.ts';
import type { CompiledScript } from './script.ts';
import type { ScenarioProgress, Session } from './session.ts';
import { Interrupted, VU } from './vu.ts';

type Exported = Record<string, unknown>;

/** A virtual user with its own instance of the script: what the driver gives iterations to. */
export class User implements Worker {
  readonly vu: VU;
  readonly exports: Exported;
  readonly #script: CompiledScript;
  readonly #env: Record<string, string>;
  #body: ((data: unknown) => unknown) | undefined;
  #data: unknown;

  private constructor(vu: VU, exports: Exported, env: Record<string, string>, script: CompiledScript) {
    this.vu = vu;
    this.exports = exports;
    this.#env = env;
    this.#script = script;
  }

  /** Runs the script's module bodies for VU `id`. Throws SCRIPT with the user's stack when one of them throws. */
  static async create(id: number, session: Session, script: CompiledScript): Promise<User> {
    const vu = new VU(id, session);
    const env = { ...session.env };
    const globals = { console: scriptConsole(session.log) };
    try {
      const exports = await script.instantiate({ modules: modulesOf(vu), env, globals, vu });
      vu.initialised = true;
      session.counts.initialised++;
      return new User(vu, exports, env, script);
    } catch (error) {
      throw asScriptError(error, script);
    }
  }

  /** Makes this user one of `scenario`: its function, tags, environment and setup data. */
  join(scenario: Scenario, progress: ScenarioProgress, data: string | undefined): void {
    this.vu.revive();
    this.vu.join(progress, scenario.tags);
    Object.assign(this.#env, this.vu.session.env, scenario.env);
    this.#body = this.exports[scenario.exec] as (data: unknown) => unknown;
    this.#data = data === undefined ? undefined : JSON.parse(data);
  }

  async iterate(index: number, due: number | undefined): Promise<void> {
    const { vu } = this;
    const { session } = vu;
    const started = performance.now();
    this.#begin(index, due === undefined ? 0 : started - session.startedAt - due * 1000);
    try {
      const result = (this.#body as (data: unknown) => unknown)(this.#data);
      // Awaiting what is no promise would cost a turn of the queue for every iteration that does not block.
      if (result instanceof Promise) await result;
      if (vu.blockedIn !== undefined) await this.#waitForRest();
    } catch (error) {
      this.#report(error);
    }
    this.#end(started);
    const { minIterationDuration } = session.options;
    const spare = minIterationDuration - (performance.now() - started) / 1000;
    if (minIterationDuration > 0 && spare > 0 && !vu.interrupted)
      await vu.sleep(spare).catch(() => undefined);
  }

  interrupt(): void {
    this.vu.interrupt();
  }

  /** Runs `setup` or `teardown`, or another exported function outside of any scenario. */
  async call(name: string, data: unknown): Promise<unknown> {
    const { vu } = this;
    vu.moveTo(vu.session.root.group(name));
    try {
      return await (this.exports[name] as (data: unknown) => unknown)(data);
    } catch (error) {
      if (vu.interrupted) throw error;
      throw asScriptError(error, this.#script);
    } finally {
      this.#countTraffic();
      vu.moveTo(vu.session.root);
    }
  }

  #begin(index: number, lagMs: number): void {
    const { vu } = this;
    const { counts } = vu.session;
    if (vu.interrupted) vu.revive();
    vu.iteration = vu.iteration === undefined ? 0 : vu.iteration + 1;
    vu.iterationsRun = vu.iteration;
    vu.iterationInScenario++;
    vu.iterationInTest = index;
    vu.lagMs = Math.max(0, lagMs);
    vu.cookies = undefined;
    if (vu.scenario !== undefined) vu.scenario.iterations++;
    vu.session.startLag.record(vu.lagMs / 1000);
    counts.active++;
  }

  #end(started: number): void {
    const { vu } = this;
    const { session } = vu;
    vu.moveTo(session.root);
    session.counts.active--;
    this.#countTraffic();
    if (session.options.noVUConnectionReuse) vu.client.closeIdle();
    if (vu.interrupted) {
      session.counts.interrupted++;
      return;
    }
    session.counts.completed++;
    record(session.builtins.iterations, vu.tags, 1);
    record(session.builtins.iterationDuration, vu.tags, performance.now() - started);
  }

  #countTraffic(): void {
    const { traffic } = this.vu.client;
    const { builtins } = this.vu.session;
    record(builtins.dataSent, this.vu.tags, traffic.sent);
    record(builtins.dataReceived, this.vu.tags, traffic.received);
    traffic.sent = 0;
    traffic.received = 0;
  }

  /** The function returned while one of its operations was running: its own async code, or a call not awaited. */
  async #waitForRest(): Promise<void> {
    if (!this.vu.session.concurrent) throw this.vu.unawaited('the iteration ended');
    while (this.vu.mustWait) await this.vu.later(() => undefined);
  }

  #report(error: unknown): void {
    // An FxscaleError has stopped the run already, and its one line is printed at the end.
    if (error instanceof Interrupted || this.vu.interrupted || error instanceof FxscaleError) return;
    this.vu.session.log('error', stackOf(error, this.#script));
  }
}

function stackOf(error: unknown, script: CompiledScript): string {
  return error instanceof Error ? script.originalStack(error) : `Uncaught ${String(error)}`;
}

function asScriptError(error: unknown, script: CompiledScript): FxscaleError {
  if (error instanceof FxscaleError) return error;
  const [first, ...frames] = stackOf(error, script).split('\n');
  const place = frames[0]?.trim();
  return new FxscaleError('SCRIPT', place === undefined ? `${first}` : `${first} (${place})`, {
    cause: error,
  });
}
