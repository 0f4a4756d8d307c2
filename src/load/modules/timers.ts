import { GoError } from '../go-error.ts';
import type { VU } from '../vu.ts';

type Callback = (...args: unknown[]) => unknown;
type Timer = {
  readonly id: number;
  readonly name: string;
  readonly callback: Callback;
  readonly args: unknown[];
  /** Milliseconds on the monotonic clock. */
  at: number;
  /** Between two calls; undefined for one call only. */
  readonly interval: number | undefined;
  release: () => void;
};

/** What timers need of time, so that a test can do without waiting. */
export type TimerClock = {
  /** Milliseconds. */
  now(): number;
  /** Calls `wake` after `delay` milliseconds; the result calls that off. */
  after(delay: number, wake: () => void): () => void;
};

const realClock: TimerClock = {
  now: () => performance.now(),
  after: (delay, wake) => {
    if (delay <= 0) {
      const turn = setImmediate(wake);
      return () => clearImmediate(turn);
    }
    const timer = setTimeout(wake, delay);
    return () => clearTimeout(timer);
  },
};

/**
 * A VU's timers. They go off in order of their times, whatever the host's own timers do, and only when the script is
 * not blocked; those that are left when the iteration is cut off are named in a warning.
 */
class Timers {
  readonly #vu: VU;
  readonly #clock: TimerClock;
  readonly #pending: Timer[] = [];
  #lastId = 0;
  #callOff: (() => void) | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(vu: VU, clock: TimerClock) {
    this.#vu = vu;
    this.#clock = clock;
  }

  add(name: string, callback: unknown, delay: unknown, args: unknown[], repeats: boolean): number {
    if (callback !== undefined && callback !== null && typeof callback !== 'function') {
      throw new TypeError(
        `could not convert function call parameter 0: could not convert ${String(callback)} to sobek.Callable`,
      );
    }
    const id = ++this.#lastId;
    if (typeof callback !== 'function') throw new GoError(`${name}'s callback isn't a callable function`);
    const wait = Math.max(0, Number(delay ?? 0));
    const timer: Timer = {
      id,
      name,
      callback: callback as Callback,
      args,
      at: this.#clock.now() + (Number.isNaN(wait) ? Number.NEGATIVE_INFINITY : wait),
      // One of 0 would never let anything else run.
      interval: repeats ? Math.max(1, wait || 0) : undefined,
      release: () => undefined,
    };
    timer.release = this.#vu.hold(() => this.#cutOff());
    this.#insert(timer);
    return id;
  }

  clear(id: unknown): void {
    const timer = this.#pending.find((each) => each.id === id);
    if (timer !== undefined) this.#remove(timer).release();
  }

  #insert(timer: Timer): void {
    const later = this.#pending.findIndex(({ at }) => at > timer.at);
    this.#pending.splice(later < 0 ? this.#pending.length : later, 0, timer);
    this.#arm();
  }

  #remove(timer: Timer): Timer {
    this.#pending.splice(this.#pending.indexOf(timer), 1);
    this.#arm();
    return timer;
  }

  /** What cuts one off cuts all off; k6 names them in the order of their times, and says nothing in setup. */
  #cutOff(): void {
    for (const { name, id } of this.#pending.splice(0)) {
      if (this.#vu.scenario === undefined) continue;
      this.#vu.session.log('warning', `${name} ${id} was stopped because the VU iteration was interrupted`);
    }
    this.#arm();
  }

  /** Makes the host wake this for the first timer. */
  #arm(): void {
    const at = this.#pending[0]?.at ?? Number.POSITIVE_INFINITY;
    if (at === this.#wakesAt) return;
    this.#callOff?.();
    this.#callOff = undefined;
    this.#wakesAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#callOff = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.#callOff = undefined;
      this.#vu.run(() => this.#goOff());
    });
  }

  /** Calls one timer's function: others that are due get a turn of the event loop each. */
  #goOff(): unknown {
    const [timer] = this.#pending;
    // The host's timers count whole milliseconds and may wake this in the one before.
    if (timer === undefined || timer.at > this.#clock.now()) {
      this.#arm();
      return undefined;
    }
    this.#pending.shift();
    if (timer.interval === undefined) {
      this.#arm();
      return this.#call(timer, timer.release);
    }
    timer.at = this.#clock.now() + timer.interval;
    this.#insert(timer);
    return this.#call(timer, () => undefined);
  }

  #call({ callback, args }: Timer, done: () => void): unknown {
    let result: unknown;
    try {
      result = callback(...args);
    } catch (error) {
      done();
      throw error;
    }
    // One that blocks has to end; one that waits for something of its own leaves it to that to hold the iteration.
    if (result instanceof Promise && this.#vu.blockedIn !== undefined) return result.finally(done);
    done();
    return result;
  }
}

type TimerFunctions = Record<
  'setTimeout' | 'clearTimeout' | 'setInterval' | 'clearInterval',
  (...args: unknown[]) => unknown
>;

const made = new WeakMap<VU, TimerFunctions>();

/** `k6/timers` for one VU: the same functions as its globals. */
export function timersModule(vu: VU, clock: TimerClock = realClock): TimerFunctions {
  const known = made.get(vu);
  if (known !== undefined) return { ...known };
  const timers = new Timers(vu, clock);
  const functions: TimerFunctions = {
    setTimeout: (callback, delay, ...args) => timers.add('setTimeout', callback, delay, args, false),
    clearTimeout: (id) => timers.clear(id),
    setInterval: (callback, delay, ...args) => timers.add('setInterval', callback, delay, args, true),
    clearInterval: (id) => timers.clear(id),
  };
  made.set(vu, functions);
  return { ...functions };
}
