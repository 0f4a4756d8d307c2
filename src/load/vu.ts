import type { CookieJar } from 'tough-cookie';
import { FxscaleError } from '../errors.ts';
import type { Group } from './groups.ts';
import { Client } from './http/client.ts';
import { RequestFailure } from './http/failure.ts';
import type { Tags } from './metrics.ts';
import type { ScenarioProgress, Session } from './session.ts';

/** Thrown into a script whose iteration is cut off: at the end of gracefulStop, or when the run is stopped. */
export class Interrupted extends Error {
  constructor() {
    super('the iteration was interrupted');
  }
}

/** One virtual user: its connections, its place in the run, and the one operation it may be blocked in. */
export class VU {
  /** From 1; 0 in init, setup and teardown. */
  readonly id: number;
  readonly session: Session;
  readonly client: Client;
  /** `__ITER`: iterations this VU has run, undefined outside of iterations. */
  iteration: number | undefined;
  /** False while module bodies run. */
  initialised = false;
  /** Tags of every sample: the run's, the scenario's, the group's, and those the script set. */
  tags: Tags;
  group: Group;
  /** The tags without the group's: what a script sets here stays for the VU's later iterations of the scenario. */
  #lastingTags: Tags;
  scenario: ScenarioProgress | undefined;
  iterationInScenario = 0;
  iterationInTest = 0;
  iterationsRun = 0;
  /** How late the current iteration started, milliseconds; 0 in closed loop. */
  lagMs = 0;
  interrupted = false;
  /** Made when a server first sets a cookie; every iteration starts without one. */
  cookies: CookieJar | undefined;
  #blockedIn: string | undefined;
  #cancel: (() => void) | undefined;
  #queue: (() => void)[] = [];

  constructor(id: number, session: Session) {
    this.id = id;
    this.session = session;
    this.client = new Client(session.options);
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
  }

  setTag(key: string, value: string): void {
    this.#lastingTags = this.#lastingTags.with(key, value);
    this.tags = this.tags.with(key, value);
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
    this.#queue.shift()?.();
  }

  /** Another part of the same async script is in a blocking operation, and in k6 one waits for the other. */
  get mustWait(): boolean {
    return this.#blockedIn !== undefined && this.session.concurrent;
  }

  /** Runs `operation` once the VU is free. */
  later<T>(operation: () => T | Promise<T>): Promise<T> {
    return new Promise<void>((resolve) => this.#queue.push(resolve)).then(operation);
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

  /** Resolves after `seconds`; rejects at once when the VU is interrupted. */
  sleep(seconds: number): Promise<void> {
    if (this.mustWait) return this.later(() => this.sleep(seconds));
    this.begin('sleep');
    const wakeAt = performance.now() + seconds * 1000;
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout;
      const wake = () => {
        // Timers count whole milliseconds and may fire in the one before.
        const left = wakeAt - performance.now();
        if (left > 0) {
          timer = setTimeout(wake, left);
          return;
        }
        this.#cancel = undefined;
        this.end();
        resolve();
      };
      timer = setTimeout(wake, seconds * 1000);
      this.#cancel = () => {
        clearTimeout(timer);
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
    this.client.abort(new RequestFailure('interrupted', 1000));
  }

  /** Makes the VU ready for another scenario after an interrupt. */
  revive(): void {
    this.interrupted = false;
    this.#blockedIn = undefined;
    this.#queue = [];
  }
}
