import autocannon, { type Client } from 'autocannon';
import { FxscaleError } from '../errors.ts';
import { Histogram } from '../models/histogram.ts';
import { after } from './after.ts';
import { AutocannonConnection, type Ended, TIMED_OUT } from './autocannon-connection.ts';

/** The request that every connection repeats. */
export type ProbeRequest = {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type StepSettings = {
  readonly connections: number;
  /** Seconds that are measured, after `settle` seconds and the first answer to each connection. */
  readonly seconds: number;
  readonly settle: number;
  /** Seconds after which a request without an answer is given up; autocannon wants at least one. */
  readonly timeout: number;
  readonly signal: AbortSignal;
};

export type StepResult = {
  /** Requests answered with a status below 400, per second. */
  readonly throughput: number;
  /** Seconds to such an answer. A request without one counts as long as the timeout: it was not served sooner. */
  readonly latencies: Histogram;
  readonly requests: number;
  /** Requests that failed otherwise than by a timeout. */
  readonly errors: number;
  readonly timeouts: number;
  /** What most failures were, such as `status 503` or `ECONNREFUSED`. */
  readonly reason: string | undefined;
  /** Whether anything was answered at all, before the measurement or in it. */
  readonly answered: boolean;
  /** Share of the time that the generator's own thread was busy. */
  readonly busy: number;
};

/** Failures in a row, with nothing answered on any connection, after which the target is taken for dead. */
const HOPELESS = 50;
/** Milliseconds in which autocannon notices that it is over. */
const LOOK_MS = 20;
const A_DAY = 86_400;
/** Failures of this machine to open one more connection, not of the target. */
const OUT_OF_SOCKETS = ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'];

/**
 * Loads the target with a fixed number of requests outstanding, each connection sending its next one as soon as it has
 * its answer. Autocannon drives the connections, without a rate; it is not asked for its figures, whose latencies are
 * whole milliseconds and leave timeouts out (planning by them is optimistic exactly where it matters).
 *
 * A request counts for the share of its time that lay inside the measured seconds, so that slow requests, few of which
 * begin and end there, are counted as fairly as fast ones. Rejects with the signal's reason when that is aborted, and
 * with a USAGE error when this machine cannot open so many connections.
 */
export async function measureStep(request: ProbeRequest, settings: StepSettings): Promise<StepResult> {
  const { connections, timeout, signal } = settings;
  signal.throwIfAborted();
  const { url, method, headers, body } = request;
  const step = new Step(settings);
  const giveUp = () => step.giveUp();
  await new Promise<void>((resolve, reject) => {
    autocannon(
      {
        url,
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
        connections,
        duration: A_DAY,
        timeout,
        sampleInt: LOOK_MS,
        setupClient: (client) => step.add(client),
      },
      (error) => (error === null ? resolve() : reject(error)),
    );
    signal.addEventListener('abort', giveUp, { once: true });
  }).finally(() => {
    step.end();
    signal.removeEventListener('abort', giveUp);
  });
  signal.throwIfAborted();
  return step.result();
}

/** Counts what all connections do. Times are monotonic milliseconds. */
class Step {
  readonly #settings: StepSettings;
  readonly #clients: Client[] = [];
  readonly #latencies = new Histogram();
  readonly #reasons = new Map<string, number>();
  readonly #cancelSettling: () => void;
  #cancelWindow: () => void = () => undefined;
  #settled = false;
  #begun = 0;
  #openedAt = Number.POSITIVE_INFINITY;
  #closedAt = Number.POSITIVE_INFINITY;
  #utilisation = performance.eventLoopUtilization();
  #busy = 0;
  #served = 0;
  #requests = 0;
  #errors = 0;
  #timeouts = 0;
  #answered = false;
  #failuresInARow = 0;
  #outOfSockets: string | undefined;

  constructor(settings: StepSettings) {
    this.#settings = settings;
    this.#cancelSettling = after(settings.settle, () => {
      this.#settled = true;
      this.#openIfReady();
    });
  }

  add(client: Client): void {
    this.#clients.push(client);
    let first = true;
    new AutocannonConnection(client, this.#settings.timeout, (ended) => {
      this.#count(ended);
      if (!first) return;
      first = false;
      this.#begun++;
      this.#openIfReady();
    });
  }

  /**
   * Ends every connection, once what called this is done with its own. Connections that fail without any waiting, over
   * and over, keep the queue of next ticks full: a timer, a promise or autocannon's `stop` would never have its turn.
   */
  giveUp(): void {
    process.nextTick(() => {
      for (const client of this.#clients) client.destroy();
    });
  }

  end(): void {
    this.#cancelSettling();
    this.#cancelWindow();
  }

  result(): StepResult {
    if (this.#outOfSockets !== undefined) {
      throw new FxscaleError(
        'USAGE',
        `this machine cannot open ${this.#settings.connections} connections at once (${this.#outOfSockets}): raise its limit, such as ulimit -n, or leave the larger values out of -c`,
      );
    }
    const seconds = (this.#closedAt - this.#openedAt) / 1000;
    const [reason] = [...this.#reasons].sort(([, a], [, b]) => b - a)[0] ?? [];
    return {
      // A target that died has no measured seconds.
      throughput: Number.isFinite(seconds) ? this.#served / seconds : 0,
      latencies: this.#latencies,
      requests: this.#requests,
      errors: this.#errors,
      timeouts: this.#timeouts,
      reason,
      answered: this.#answered,
      busy: this.#busy,
    };
  }

  #openIfReady(): void {
    if (!this.#settled || this.#begun < this.#settings.connections || Number.isFinite(this.#openedAt)) return;
    this.#openedAt = performance.now();
    this.#utilisation = performance.eventLoopUtilization();
    this.#cancelWindow = after(this.#settings.seconds, () => this.#close());
  }

  /** Every connection ends with the answer that it waits for. */
  #close(): void {
    this.#closedAt = performance.now();
    this.#busy = performance.eventLoopUtilization(this.#utilisation).utilization;
    for (const client of this.#clients) client.responseMax = 1;
  }

  #count({ startedAt, failure }: Ended): void {
    const now = performance.now();
    this.#judge(failure);
    const inside = Math.min(now, this.#closedAt) - Math.max(startedAt, this.#openedAt);
    if (!(inside > 0)) return;
    const share = inside / (now - startedAt);
    this.#requests++;
    if (failure === undefined) {
      this.#served += share;
      this.#latencies.record((now - startedAt) / 1000, share);
      return;
    }
    this.#latencies.record(this.#settings.timeout, share);
    if (failure === TIMED_OUT) this.#timeouts++;
    else this.#errors++;
  }

  #judge(failure: string | undefined): void {
    if (failure !== undefined) this.#reasons.set(failure, (this.#reasons.get(failure) ?? 0) + 1);
    if (failure !== undefined && OUT_OF_SOCKETS.includes(failure)) {
      this.#outOfSockets = failure;
      this.giveUp();
    }
    const answered = failure === undefined || failure.startsWith('status ');
    if (answered) this.#answered = true;
    this.#failuresInARow = answered || failure === TIMED_OUT ? 0 : this.#failuresInARow + 1;
    if (this.#failuresInARow > HOPELESS + 2 * this.#settings.connections) this.giveUp();
  }
}
