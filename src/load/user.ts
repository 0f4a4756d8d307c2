import { FxscaleError } from '../errors.ts';
import type { Joining } from './crew.ts';
import type { Worker } from './driver.ts';
import { record } from './metrics.ts';
import { globalsOf } from './modules/globals.ts';
import { modulesOf } from './modules/makers.ts';
import { callOwned, outcomeOf, rejectionsSeen, Uncaught } from './rejections.ts';
import type { Share } from './schedule/share.ts';
import type { CompiledScript } from './script.ts';
import type { Session } from './session.ts';
import { Interrupted, VU } from './vu.ts';

type Exported = Record<string, unknown>;

/** A VU's number in this process and in the whole test, both from 1; VU 0 runs setup and teardown. */
export type VUIds = { readonly inInstance: number; readonly inTest: number };

export const vuZero: VUIds = { inInstance: 0, inTest: 0 };

/** A virtual user with its own instance of the script: what the driver gives iterations to. */
export class User implements Worker {
  readonly vu: VU;
  readonly exports: Exported;
  readonly #script: CompiledScript;
  readonly #env: Record<string, string>;
  #body: ((data: unknown) => unknown) | undefined;
  #data: unknown;
  #share: Share | undefined;

  private constructor(vu: VU, exports: Exported, env: Record<string, string>, script: CompiledScript) {
    this.vu = vu;
    this.exports = exports;
    this.#env = env;
    this.#script = script;
  }

  /** Runs the script's module bodies for one VU. Throws SCRIPT with the user's stack when one of them throws. */
  static async create(ids: VUIds, session: Session, script: CompiledScript): Promise<User> {
    const vu = new VU(ids.inInstance, session, ids.inTest);
    vu.script = script;
    const env = { ...session.env };
    try {
      const host = { modules: modulesOf(vu), env, globals: globalsOf(vu), vu };
      const exports = await callOwned(vu, script.instantiate, host);
      await rejectionsSeen(vu);
      if (vu.unsettled) await vu.settled();
      vu.initialised = true;
      return new User(vu, exports, env, script);
    } catch (error) {
      throw asScriptError(error, script);
    }
  }

  /** Makes this user one of `scenario`: its function, tags, environment and setup data. */
  join({ scenario, share, progress, data }: Joining): void {
    this.vu.revive();
    this.vu.join(progress, scenario.tags);
    Object.assign(this.#env, this.vu.session.env, scenario.env);
    this.#share = share;
    this.#body = this.exports[scenario.exec] as (data: unknown) => unknown;
    this.#data = data === undefined ? undefined : JSON.parse(data);
  }

  async iterate(index: number, due: number | undefined): Promise<void> {
    const { vu } = this;
    const { session } = vu;
    const started = performance.now();
    this.#begin(index, due === undefined ? undefined : started - session.startedAt - due * 1000);
    try {
      const result = callOwned(vu, this.#body as (data: unknown) => unknown, this.#data);
      // Awaiting what is no promise would cost a turn of the queue for every iteration that does not block.
      const { makesPromises } = this.#script;
      if (result instanceof Promise) await (makesPromises ? outcomeOf(vu, result) : result);
      else if (makesPromises) await rejectionsSeen(vu);
      if (vu.blockedIn !== undefined) await this.#waitForRest();
      if (vu.unsettled) await vu.settled();
    } catch (error) {
      vu.letGo();
      this.#report(vu.reasonOf(error));
    }
    this.#end(started);
    const { minIterationDuration } = session.options;
    if (minIterationDuration === 0 || vu.interrupted) return;
    const spare = minIterationDuration - (performance.now() - started) / 1000;
    if (spare > 0) await vu.sleep(spare).catch(() => undefined);
  }

  mustEndBy(seconds: number): void {
    this.vu.deadline = this.vu.session.startedAt + seconds * 1000;
  }

  interrupt(): void {
    this.vu.interrupt();
  }

  /** Runs `setup` or `teardown`, or another exported function outside of any scenario. */
  async call(name: string, data: unknown): Promise<unknown> {
    const { vu } = this;
    vu.moveTo(vu.session.root.lateGroup(name));
    // As in k6, which counts an iteration that has no virtual user.
    if (vu.session.options.systemTags.has('iter')) vu.note('iter', '0');
    try {
      const given = callOwned(vu, this.exports[name] as (data: unknown) => unknown, data);
      const result = await outcomeOf(vu, given);
      if (vu.interrupted) throw new Interrupted();
      if (vu.unsettled) await vu.settled();
      return result;
    } catch (error) {
      if (vu.interrupted) throw error;
      throw asScriptError(error, this.#script);
    } finally {
      if (name !== 'handleSummary') this.#countTraffic();
      vu.moveTo(vu.session.root);
    }
  }

  /** `lagMs` is undefined in closed loop, where nothing is late. */
  #begin(index: number, lagMs: number | undefined): void {
    const { vu } = this;
    const { counts } = vu.session;
    if (vu.interrupted) vu.revive();
    vu.iteration = vu.iteration === undefined ? 0 : vu.iteration + 1;
    vu.iterationsRun = vu.iteration;
    vu.iterationInScenario++;
    vu.iterationInTest = this.#share === undefined ? index : this.#share.inTest(index);
    vu.iterationInInstance = this.#share === undefined ? index : this.#share.inInstance(index);
    vu.lagMs = lagMs === undefined ? 0 : Math.max(0, lagMs);
    if (!vu.session.options.noCookiesReset) vu.cookies = undefined;
    if (vu.scenario !== undefined) vu.scenario.iterations++;
    const { systemTags } = vu.session.options;
    if (systemTags.has('vu')) vu.note('vu', String(vu.idInTest));
    if (systemTags.has('iter')) vu.note('iter', String(vu.iteration));
    if (lagMs !== undefined) vu.session.startLag.record(vu.lagMs / 1000);
    counts.active++;
  }

  #end(started: number): void {
    const { vu } = this;
    const { session } = vu;
    vu.moveTo(session.root);
    session.counts.active--;
    if (vu.scenario !== undefined) vu.scenario.done++;
    this.#countTraffic();
    if (session.options.noVUConnectionReuse) vu.client.closeIdle();
    if (vu.interrupted) {
      session.counts.interrupted++;
      // As in k6, where the iteration that ends the test is over before the test is.
      if (!vu.aborting) return;
    } else session.counts.completed++;
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
    await rejectionsSeen(this.vu);
  }

  #report(error: unknown): void {
    // An FxscaleError has stopped the run already, and its one line is printed at the end.
    if (this.vu.interrupted || isEnd(error)) return;
    const { scenario, session } = this.vu;
    const place = scenario === undefined ? {} : { executor: scenario.executor, scenario: scenario.name };
    const source = error instanceof Uncaught ? {} : { source: 'stacktrace' };
    session.log('error', k6Stack(stackOf(error, this.#script)), { ...place, ...source });
  }
}

function isEnd(error: unknown): boolean {
  if (error instanceof Uncaught) return isEnd(error.reason);
  return error instanceof Interrupted || error instanceof FxscaleError;
}

function stackOf(error: unknown, script: CompiledScript): string {
  if (error instanceof Uncaught) return `Uncaught (in promise) ${stackOf(error.reason, script)}`;
  return error instanceof Error ? script.originalStack(error) : String(error);
}

/** The stack as k6 writes it: a tab before each frame and a line feed after the last. */
function k6Stack(stack: string): string {
  const frames = stack.replace(/\n {4}at /g, '\n\tat ');
  return frames === stack ? stack : `${frames}\n`;
}

function asScriptError(error: unknown, script: CompiledScript): FxscaleError {
  if (error instanceof FxscaleError) return error;
  if (error instanceof Uncaught && error.reason instanceof FxscaleError) return error.reason;
  const [first, ...frames] = stackOf(error, script).split('\n');
  const place = frames[0]?.trim();
  const code = error instanceof Uncaught ? 'SCRIPT_OTHER' : 'SCRIPT';
  return new FxscaleError(code, place === undefined ? `${first}` : `${first} (${place})`, {
    cause: error,
  });
}
