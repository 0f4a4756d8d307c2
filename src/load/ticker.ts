import type { Clock } from './clock.ts';
import { LoopLag } from './health.ts';
import type { Session } from './session.ts';
import { takeResults } from './workers/merge.ts';
import type { Tick } from './workers/messages.ts';

/** How often thresholds are looked at during a run, seconds: k6's period. */
export const THRESHOLD_PERIOD = 2;

/** Tells, once a second for as long as the load runs, what the second was like in this worker. */
export class Ticker {
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #tell: (tick: Tick) => void;
  readonly #loopLag = new LoopLag();
  #second = 0;
  #takenAt = 0;
  #cancel: () => void;

  constructor(session: Session, clock: Clock, tell: (tick: Tick) => void) {
    this.#session = session;
    this.#clock = clock;
    this.#tell = tell;
    this.#cancel = clock.at(1, () => this.#tick());
  }

  /** Tells of the last, shorter second. */
  end(): void {
    this.#cancel();
    this.#second++;
    this.#take(true);
    this.#loopLag.stop();
  }

  #tick(): void {
    this.#second++;
    this.#take(this.#second % THRESHOLD_PERIOD === 0);
    this.#cancel = this.#clock.at(this.#second + 1, () => this.#tick());
  }

  #take(withResults: boolean): void {
    const session = this.#session;
    const t = this.#clock.now();
    const tick: Tick = {
      second: this.#second,
      t,
      seconds: t - this.#takenAt,
      classes: session.rows.take(),
      startLag: session.startLag.state(),
      loopLag: this.#loopLag.take(),
      inFlight: session.inFlight,
      health: session.targetHealth(),
      results: withResults ? takeResults(session) : undefined,
    };
    session.startLag.reset();
    this.#takenAt = t;
    this.#tell(tick);
  }
}
