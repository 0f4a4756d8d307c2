import { FxscaleError } from '../errors.ts';
import { after } from './after.ts';
import type { Group } from './groups.ts';
import { Holds } from './holds.ts';
import { Client } from './http/client.ts';
import type { Jar } from './http/cookies/cookie-jar.ts';
import { RequestFailure } from './http/failure.ts';
import { Tags } from './metrics.ts';
import { callOwned, Uncaught } from './rejections.ts';
import { open } from './rewrite/gate.ts';
import type { CompiledScript } from './script.ts';
import type { ScenarioProgress, Session } from './session.ts';

/** Thrown into a script whose iteration is cut off: at the end of gracefulStop, or when the run is stopped. */
export class Interrupted extends Error {
  constructor() {
    super('the iteration was interrupted');
  }
}

const noMetadata: ReadonlyMap<string, string> = new Map();

/** One virtual user: its connections, its place in the run, and the one operation it may be blocked in. */
export class VU {
  /** `__VU`, its number in this process: from 1; 0 in init, setup and teardown. */
  readonly id: number;
  /** Its number in the whole test, of which this process may run a segment. */
  readonly idInTest: number;
  readonly session: Session;
  readonly client: Client;
  /** The script whose instance runs in this VU; undefined only where modules are used without one. */
  script: CompiledScript | undefined;
  /** `__ITER`: iterations this VU has run, undefined outside of iterations. */
  iteration: number | undefined;
  /** False while module bodies run. */
  initialised = false;
  /** Tags of every sample: the run's, the scenario's, the group's, and those the script set. */
  tags: Tags;
  group: Group;
  /** What is written beside samples without telling them apart. */
  metadata: ReadonlyMap<string, string> = noMetadata;
  /** The tags without the group's: what a script sets here stays for the VU's later iterations of the scenario. */
  #lastingTags: Tags;
  scenario: ScenarioProgress | undefined;
  iterationInScenario = 0;
  iterationInTest = 0;
  iterationInInstance = 0;
  iterationsRun = 0;
  /** How late the current iteration started, milliseconds; 0 in closed loop. */
  lagMs = 0;
  interrupted = false;
  /** The running iteration has ended the test. */
  aborting = false;
  /** When the running iteration is cut off at the latest, milliseconds on the monotonic clock. */
  deadline = Number.POSITIVE_INFINITY;
  /** Made when a server first sets a cookie; every iteration starts without one, unless the options keep it. */
  cookies: Jar | undefined;
  #blockedIn: string | undefined;
  #cancel: (() => void) | undefined;
  /** What the event loop has to do once the script is not blocked. */
  #waiting: (() => void)[] = [];
  /** What goes on after promises of the script's own, before the event loop turns. */
  #jobs: (() => void)[] = [];
  #holds: Holds | undefined;
  #fault: { error: unknown } | undefined;

  constructor(id: number, session: Session, idInTest: number = id) {
    this.id = id;
    this.idInTest = idInTest;
    this.session = session;
    this.client = new Client(session.dialler, session.options, id);
    this.#lastingTags = session.baseTags;
    this.group = session.root;
    this.tags = this.#lastingTags;
    this.moveTo(session.root);
  }

  /** Makes `group` the one that samples are tagged with. */
  moveTo(group: Group): void {
    this.group = group;
    const tagged = this.session.options.systemTags.has('group');
    this.tags = tagged ? this.#lastingTags.with('group', group.path) : this.#lastingTags;
    if (this.metadata.size === 0) return;
    for (const [key, value] of this.metadata) this.tags = this.tags.withMetadata(key, value);
  }

  /** Writes `value` beside every sample from now on, or nothing any more. */
  note(key: string, value: string | undefined): void {
    const metadata = new Map(this.metadata);
    if (value === undefined) metadata.delete(key);
    else metadata.set(key, value);
    this.metadata = metadata;
    this.moveTo(this.group);
  }

  setTag(key: string, value: string): void {
    this.#lastingTags = this.#lastingTags.with(key, value);
    this.tags = this.tags.with(key, value);
  }

  removeTag(key: string): void {
    const { [key]: _, ...left } = this.#lastingTags.toObject();
    this.#lastingTags = Tags.of(left);
    this.moveTo(this.group);
  }

  /** Starts over with the tags of `scenario` and its own `tags`. */
  join(scenario: ScenarioProgress, tags: Record<string, string>): void {
    this.scenario = scenario;
    this.iterationInScenario = -1;
    const { baseTags, options, root } = this.session;
    const own = options.systemTags.has('scenario') ? baseTags.with('scenario', scenario.name) : baseTags;
    this.#lastingTags = Object.entries(tags).reduce((all, [key, value]) => all.with(key, value), own);
    this.moveTo(root);
  }

  /**
   * Marks the start of a blocking operation. Two at once, where the script has no async code of its own that could
   * explain it, mean that the rewrite missed a call: the run is stopped.
   */
  begin(operation: string): void {
    if (this.interrupted) throw new Interrupted();
    if (this.#blockedIn !== undefined) throw this.unawaited(`${operation} was called`);
    this.#blockedIn = operation;
  }

  end(): void {
    this.#blockedIn = undefined;
    if (this.#isAwaited) setImmediate(() => this.#runWaiting());
  }

  get #isAwaited(): boolean {
    return this.#jobs.length > 0 || this.#waiting.length > 0;
  }

  /** By now the script is blocked again, or it has nothing more to do before the next turn of its event loop. */
  #runWaiting(): void {
    if (this.#blockedIn !== undefined) return;
    (this.#jobs.shift() ?? this.#waiting.shift())?.();
    if (this.#isAwaited) setImmediate(() => this.#runWaiting());
  }

  /** Another part of the same async script is in a blocking operation, and in k6 one waits for the other. */
  get mustWait(): boolean {
    return this.#blockedIn !== undefined && this.session.concurrent;
  }

  /** Runs `operation` once the VU is free. */
  later<T>(operation: () => T | Promise<T>): Promise<T> {
    return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(operation);
  }

  /**
   * Resolves when nothing of the script is running, to those who ask one after the other: what the script awaits
   * itself goes on then, as in k6. The iteration stays open until it has.
   */
  free(): Promise<void> {
    const release = this.hold(() => undefined);
    setImmediate(() => this.#runWaiting());
    return new Promise<void>((resolve) => this.#jobs.push(resolve)).then(release);
  }

  /** Stops the run because a blocking call was not waited for, so its results would be wrong. */
  unawaited(when: string): Error {
    const error = new FxscaleError(
      'SCRIPT',
      `${when} while ${this.#blockedIn} was still running: a call to it was reached in a way that cannot be followed; run this script with the real k6`,
    );
    this.session.stop(error);
    return error;
  }

  get blockedIn(): string | undefined {
    return this.#blockedIn;
  }

  /**
   * Keeps the iteration open, as k6's event loop does for timers, sockets and asynchronous requests, until the result
   * is called. `cancel` is called instead when the iteration is cut off.
   */
  hold(cancel: () => void): () => void {
    if (this.interrupted) throw new Interrupted();
    this.#holds ??= new Holds();
    return this.#holds.add(cancel);
  }

  /** Something still keeps the iteration open, or has failed it. */
  get unsettled(): boolean {
    return this.#fault !== undefined || this.#holds?.any === true;
  }

  /** Resolves when nothing keeps the iteration open any more; rejects with what failed it. */
  async settled(): Promise<void> {
    while (this.#blockedIn !== undefined || this.#holds?.any) {
      if (this.#blockedIn !== undefined) await this.later(() => undefined);
      else await this.#holds?.released();
      // What was released may have queued work that holds the iteration again.
      await new Promise(setImmediate);
    }
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault.error;
  }

  /**
   * Calls a script's function from the event loop: as soon as the script is not blocked, since k6's event loop does
   * not turn before. A module that calls functions while it blocks itself calls `end` before and `begin` after.
   * What the function throws fails the iteration; the result never rejects.
   */
  run<A extends unknown[]>(callback: (...args: A) => unknown, ...args: A): Promise<void> | undefined {
    if (this.#blockedIn !== undefined || this.#jobs.length > 0) {
      return new Promise((resolve) => this.#waiting.push(() => resolve(this.run(callback, ...args))));
    }
    try {
      const result = callOwned(this, callback, ...args);
      if (!(result instanceof Promise)) return undefined;
      // What blocks is waited for by the rewrite only; any other promise is the script's own.
      const isOwn = this.#blockedIn === undefined;
      return result.then(open).then(
        () => undefined,
        (error) => this.fail(isOwn ? new Uncaught(error) : error),
      );
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  /** What failed the iteration: `error`, unless that only tells that it was cut off because of another. */
  reasonOf(error: unknown): unknown {
    const fault = this.#fault;
    if (fault === undefined || !(error instanceof Interrupted)) return error;
    this.#fault = undefined;
    return fault.error;
  }

  /** Ends the iteration with `error`: everything that holds it open is called off. */
  fail(error: unknown): void {
    this.#fault ??= { error };
    this.letGo();
  }

  /** Calls off everything that keeps the iteration open. */
  letGo(): void {
    this.#holds?.callOff();
  }

  /** Resolves after `seconds`; rejects at once when the VU is interrupted. */
  sleep(seconds: number): Promise<void> {
    if (this.mustWait) return this.later(() => this.sleep(seconds));
    this.begin('sleep');
    return new Promise((resolve, reject) => {
      const callOff = after(seconds, () => {
        this.#cancel = undefined;
        this.end();
        resolve();
      });
      this.#cancel = () => {
        callOff();
        this.end();
        reject(new Interrupted());
      };
    });
  }

  /** Ends whatever the VU is blocked in; everything it calls from now on throws `Interrupted`. */
  interrupt(): void {
    this.interrupted = true;
    const cancel = this.#cancel;
    this.#cancel = undefined;
    cancel?.();
    this.letGo();
    this.client.abort(new RequestFailure('interrupted', 1000));
  }

  /** Asked by the script's loops now and then: ends an iteration that never waits and should have ended by now. */
  guard(): void {
    if (!this.interrupted) {
      const isStopped = this.scenario !== undefined && Atomics.load(this.session.stopFlag, 0) !== 0;
      if (!isStopped && (this.deadline === Number.POSITIVE_INFINITY || performance.now() < this.deadline))
        return;
      this.interrupt();
    }
    throw new Interrupted();
  }

  /** Makes the VU ready for another scenario after an interrupt. */
  revive(): void {
    this.interrupted = false;
    this.#blockedIn = undefined;
    this.#waiting = [];
    this.#jobs = [];
    this.#fault = undefined;
  }
}
