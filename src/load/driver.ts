import type { Clock } from './clock.ts';
import type { IterationsPlan, SchedulePlan, StartsPlan, VUInterval, VUsPlan } from './schedule/plan.ts';

/**
 * Starts iterations when a plan says they are due. It knows nothing of scripts: a worker is whatever can run one
 * iteration at a time, and time comes from a clock, so that a whole run can be tested without waiting.
 */
export type Worker = {
  /** Runs one iteration; `due` is when it should have started, in open loop. Never rejects. */
  iterate(index: number, due: number | undefined): Promise<void>;
  /** Says at which second of the load its iterations will be cut off, for code that cannot be interrupted. */
  mustEndBy(seconds: number): void;
  /** Cuts the running iteration off. */
  interrupt(): void;
};

export type Crew<W extends Worker> = {
  /** An idle worker that was initialised for this scenario, or undefined when there is none. */
  take(): W | undefined;
  giveBack(worker: W): void;
  /** Makes one worker more; undefined when that is not possible. */
  add(): Promise<W> | undefined;
  /** For the first time an iteration was due, no worker was idle, and there may be no more than these. */
  exhausted(workers: number): void;
  /** `count` iterations that were due were not run. */
  dropped(count: number): void;
};

/** Set when the run is to end early; everything that waits is woken. */
export class Stop {
  requested = false;
  readonly #wakers = new Set<() => void>();

  request(): void {
    if (this.requested) return;
    this.requested = true;
    for (const wake of [...this.#wakers]) wake();
  }

  /** Calls `wake` when a stop is requested; the result takes that back. */
  on(wake: () => void): () => void {
    this.#wakers.add(wake);
    return () => this.#wakers.delete(wake);
  }
}

type Setting<W extends Worker> = { clock: Clock; stop: Stop; crew: Crew<W>; startTime: number };

/** Runs one scenario's plan from `startTime` to the end of its last iteration. */
export async function drive<W extends Worker>(plan: SchedulePlan, setting: Setting<W>): Promise<void> {
  await until(setting.startTime, setting);
  if (setting.stop.requested) return;
  if (plan.kind === 'starts') await driveStarts(plan, setting);
  else if (plan.kind === 'vus') await driveVUs(plan, setting);
  else await driveIterations(plan, setting);
}

/** Resolves at `seconds` of the clock, or when a stop is requested. */
function until(seconds: number, { clock, stop }: { clock: Clock; stop: Stop }): Promise<void> {
  if (stop.requested || clock.now() >= seconds) return Promise.resolve();
  return new Promise((resolve) => {
    const woken = () => {
      cancel();
      forget();
      resolve();
    };
    const forget = stop.on(woken);
    const cancel = clock.at(seconds, woken);
  });
}

/** Interrupts `workers` at `seconds`, and at once when a stop is requested; the result calls that off. */
function interruptAt(
  seconds: number,
  workers: Iterable<Worker>,
  { clock, stop }: { clock: Clock; stop: Stop },
): () => void {
  const interruptAll = () => {
    for (const worker of [...workers]) worker.interrupt();
  };
  const cancel = clock.at(seconds, interruptAll);
  const forget = stop.on(interruptAll);
  return () => {
    cancel();
    forget();
  };
}

/** Seconds after the regular duration in which iterations that were due before its end are still started. */
const MOST_LATE = 0.5;

async function driveStarts<W extends Worker>(plan: StartsPlan, setting: Setting<W>): Promise<void> {
  const { clock, stop, crew, startTime } = setting;
  const running = new Map<W, Promise<void>>();
  const workers = { [Symbol.iterator]: () => running.keys() };
  const callOff = interruptAt(startTime + plan.end + plan.gracefulStop, workers, setting);
  let size = plan.preAllocatedVUs;
  let adding: Promise<void> | undefined;
  let exhausted = false;

  function start(index: number, due: number): void {
    const worker = crew.take();
    worker?.mustEndBy(startTime + plan.end + plan.gracefulStop);
    if (worker === undefined) {
      crew.dropped(1);
      if (size < plan.maxVUs) adding ??= addOne();
      else if (!exhausted) {
        exhausted = true;
        crew.exhausted(size);
      }
      return;
    }
    running.set(
      worker,
      worker.iterate(index, due).then(() => {
        running.delete(worker);
        crew.giveBack(worker);
      }),
    );
  }

  async function addOne(): Promise<void> {
    const worker = await crew.add();
    if (worker !== undefined) crew.giveBack(worker);
    size++;
    adding = undefined;
  }

  for (let index = 0; index < plan.count && !stop.requested; ) {
    const now = clock.now() - startTime;
    const due = plan.startOf(index);
    if (due >= plan.end) break;
    if (due > now) await until(startTime + due, setting);
    else if (now < plan.end + MOST_LATE) start(index++, startTime + due);
    else {
      // A generator that is so far behind would make a burst of what is left, which nobody asked for.
      crew.dropped(1);
      index++;
    }
  }
  await until(startTime + plan.end, setting);
  await adding;
  await Promise.all(running.values());
  callOff();
}

async function driveVUs<W extends Worker>(plan: VUsPlan, setting: Setting<W>): Promise<void> {
  const slots: Promise<void>[] = [];
  let next = 0;
  const nextIndex = () => next++;
  for (let slot = 0; slot < plan.maxVUs; slot++)
    slots.push(driveSlot(plan.intervalsOf(slot), nextIndex, setting));
  await Promise.all(slots);
  await until(setting.startTime + plan.end, setting);
}

/** One VU of a plan of VUs: on in each of `intervals`, and kept between two when the first reaches into the next. */
async function driveSlot<W extends Worker>(
  intervals: readonly VUInterval[],
  nextIndex: () => number,
  setting: Setting<W>,
): Promise<void> {
  const { clock, stop, crew, startTime } = setting;
  let worker: W | undefined;
  for (const [at, interval] of intervals.entries()) {
    await until(startTime + interval.from, setting);
    if (stop.requested) break;
    worker ??= crew.take();
    if (worker === undefined) throw new Error('the plan holds more VUs than were initialised');
    worker.mustEndBy(startTime + interval.hardStop);
    const callOff = interruptAt(startTime + interval.hardStop, [worker], setting);
    await loop(worker, () => !stop.requested && clock.now() - startTime < interval.until, nextIndex);
    callOff();
    const following = intervals[at + 1];
    if (following === undefined || following.from >= interval.hardStop) {
      crew.giveBack(worker);
      worker = undefined;
    }
  }
  if (worker !== undefined) crew.giveBack(worker);
}

async function driveIterations<W extends Worker>(plan: IterationsPlan, setting: Setting<W>): Promise<void> {
  const { clock, stop, crew, startTime } = setting;
  let started = 0;
  const inTime = () => !stop.requested && clock.now() - startTime < plan.end;
  const runOne = async (): Promise<void> => {
    const worker = crew.take();
    if (worker === undefined) throw new Error('the plan holds more VUs than were initialised');
    worker.mustEndBy(startTime + plan.end + plan.gracefulStop);
    const callOff = interruptAt(startTime + plan.end + plan.gracefulStop, [worker], setting);
    let own = 0;
    await loop(
      worker,
      () => inTime() && (plan.shared ? started : own) < plan.iterations,
      () => {
        own++;
        return started++;
      },
    );
    callOff();
    crew.giveBack(worker);
    if (!plan.shared && own < plan.iterations && !stop.requested) crew.dropped(plan.iterations - own);
  };
  await Promise.all(Array.from({ length: plan.vus }, runOne));
  if (plan.shared && started < plan.iterations && !stop.requested) crew.dropped(plan.iterations - started);
}

/** Iterations that never wait would keep timers and sockets from being served; this gives them a turn. */
const MAX_MS_WITHOUT_A_TURN = 20;

async function loop(worker: Worker, goOn: () => boolean, nextIndex: () => number): Promise<void> {
  let turnAt = performance.now();
  while (goOn()) {
    await worker.iterate(nextIndex(), undefined);
    if (performance.now() - turnAt > MAX_MS_WITHOUT_A_TURN) {
      await new Promise(setImmediate);
      turnAt = performance.now();
    }
  }
}
