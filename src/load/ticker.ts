import { FxscaleError } from '../errors.ts';
import type { RunRow } from '../run.ts';
import type { Clock } from './clock.ts';
import { GeneratorHealth } from './health.ts';
import { record } from './metrics.ts';
import type { Session } from './session.ts';
import type { Listener, Test } from './test.ts';
import type { User } from './user.ts';

/** How often thresholds are looked at during a run, seconds: k6's period. */
const THRESHOLD_PERIOD = 2;

/** What happens once a second for as long as the load runs. */
export class Ticker {
  readonly #test: Test;
  readonly #users: readonly User[];
  readonly #clock: Clock;
  readonly #listener: Listener;
  readonly #health = new GeneratorHealth();
  #second = 0;
  #rowAt = 0;
  #dropped = 0;
  #completed = 0;
  #cancel: () => void;

  constructor(test: Test, users: readonly User[], clock: Clock, listener: Listener) {
    this.#test = test;
    this.#users = users;
    this.#clock = clock;
    this.#listener = listener;
    this.#cancel = clock.at(1, () => this.#tick());
  }

  /** Takes the last, shorter row. */
  end(): void {
    this.#cancel();
    this.#row();
    this.#health.stop();
  }

  #tick(): void {
    this.#second++;
    const { session, thresholds, ending, stop } = this.#test;
    record(session.builtins.vus, session.baseTags, session.counts.active);
    record(session.builtins.vusMax, session.baseTags, session.counts.initialised);
    this.#row();
    if (this.#second % THRESHOLD_PERIOD === 0) {
      const { abort } = thresholds.judge(this.#clock.now(), false);
      if (abort !== undefined) {
        ending.error ??= new FxscaleError('THRESHOLDS', abort);
        stop.request();
      }
    }
    this.#giveUpWithoutTarget();
    this.#cancel = this.#clock.at(this.#second + 1, () => this.#tick());
  }

  /** A target that never answered will not be measured by trying on: it is told in one line instead. */
  #giveUpWithoutTarget(): void {
    const { session } = this.#test;
    if (session.answered > 0 || session.refused < 3 || this.#clock.now() < 2) return;
    session.stop(unreachable(session));
  }

  #row(): void {
    const { session } = this.#test;
    const t = this.#clock.now();
    const seconds = t - this.#rowAt;
    if (seconds <= 0) return;
    const { counts, startLag } = session;
    const row: RunRow = {
      t,
      seconds,
      classes: session.rows.take(),
      generator: {
        ...this.#health.take(seconds),
        scheduleLag: startLag.quantile(0.99),
        dropped: counts.dropped - this.#dropped,
        iterations: counts.completed - this.#completed,
        vus: this.#users.length - 1,
        inFlight: session.inFlight,
      },
    };
    startLag.reset();
    this.#rowAt = t;
    this.#dropped = counts.dropped;
    this.#completed = counts.completed;
    this.#listener.row(row, { vus: counts.active, iterations: counts.completed });
  }
}

/** The one line for a target that never answered. */
export function unreachable(session: Session): FxscaleError {
  return new FxscaleError(
    'UNREACHABLE',
    `the target does not answer (${session.lastRefusal}; ${session.refused} tries): start the service, or correct the address`,
  );
}
