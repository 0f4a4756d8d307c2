import type { Replica, Slo } from './replica.ts';
import { ResponseMixture } from './response-mixture.ts';
import type { Engine, Outcome, PartitionState, Station } from './station.ts';
import { HIGHEST, SteadyPod } from './steady-pod.ts';

type Vessel = Station & {
  /** Of the requests waiting, those that more arrivals than the pod can answer have left. */
  backlog: number;
};

/** Up to this utilisation a pod is in its steady state within a step. */
const CALM = 0.9;
/** A queue that is not steady is taken to change evenly in parts of a step, seconds. */
const SHORTEST_PART = 1;
const LONGEST_PART = 5;
/** The load of a part above or below what the pod can do, in seconds of its work. */
const CHANGE = 0.3;
/** A delay of so many waits of a pod at the edge of calm is a matter of the backlog alone. */
const CLEARLY_BEHIND = 10;

/**
 * Requests as a stream. A pod below 90 % utilisation is an M/M/c queue in its steady state. Above that, and while it is
 * behind, its mean number of requests follows the pointwise stationary fluid flow approximation (W. Wang, D. Tipper,
 * S. Banerjee, "A simple approximation for modeling nonstationary queues", INFOCOM 1996), and the backlog that arrivals
 * above the pod's rate leave delays every request behind it. Service times are exponential.
 */
export class FluidEngine implements Engine {
  readonly #pod: SteadyPod;
  readonly #cpuPerRequest: number;
  readonly #slo: Slo;
  /** The most backlog that a pod may have: what is behind it would wait longer than the timeout. */
  readonly #most: number;
  readonly #all: ResponseMixture;
  readonly #step: ResponseMixture | null;
  readonly held = 0;
  /** Requests that met a pod about as busy as it can be and not yet behind, where the approximation is rough. */
  rough = 0;

  /** `perStep` also keeps the response times of the last step. */
  constructor(replica: Replica, slo: Slo, perStep: boolean) {
    if (replica.variability !== 1)
      throw new RangeError(`the fluid engine wants a variability of 1, not ${replica.variability}`);
    this.#pod = new SteadyPod(replica);
    this.#cpuPerRequest = replica.cpuPerRequest;
    this.#slo = slo;
    this.#most = this.#pod.rate * replica.timeout;
    this.#all = new ResponseMixture(this.#pod);
    this.#step = perStep ? new ResponseMixture(this.#pod) : null;
  }

  open(): Vessel {
    return { waiting: 0, cpu: 0, taken: 0, backlog: 0 };
  }

  partitions(): PartitionState[] {
    return [];
  }

  beginStep(): void {
    this.#step?.clear();
  }

  serve(
    vessels: readonly Vessel[],
    { seconds, count, rate }: { seconds: number; count: number; rate: number },
  ): Outcome {
    const outcome = { arrived: count, served: 0, rejected: 0, late: 0 };
    const pods = vessels.length;
    if (pods === 0) return { ...outcome, rejected: count, late: count };
    const utilisation = rate / pods / this.#pod.rate;
    const calmNumber = this.#pod.number(Math.min(utilisation, CALM));
    let calm = utilisation <= CALM;
    for (let i = 0; calm && i < pods; i++) {
      const { backlog, waiting } = vessels[i] as Vessel;
      calm = backlog === 0 && waiting < 3 * calmNumber + 10;
    }
    if (calm) {
      this.#flowCalmly(vessels, count, utilisation, calmNumber, outcome);
      return outcome;
    }
    for (let start = 0; start < pods; ) {
      // Pods that began alike stay alike.
      const first = vessels[start] as Vessel;
      let end = start + 1;
      while (end < pods && isAlike(vessels[end] as Vessel, first)) end++;
      this.#flow(vessels.slice(start, end), count / pods / seconds, seconds, outcome);
      start = end;
    }
    return outcome;
  }

  drain(vessels: readonly Vessel[], _from: number, seconds: number): Outcome {
    const outcome = { arrived: 0, served: 0, rejected: 0, late: 0 };
    for (const vessel of vessels) {
      const left = Math.max(0, vessel.waiting - this.#pod.rate * seconds);
      outcome.served += vessel.waiting - left;
      vessel.cpu += (vessel.waiting - left) * this.#cpuPerRequest;
      vessel.waiting = left;
      vessel.backlog = Math.min(vessel.backlog, left);
    }
    return outcome;
  }

  close({ waiting }: Station): number {
    return waiting;
  }

  responseQuantile(q: number): number {
    return this.#all.quantile(q);
  }

  stepQuantile(q: number): number {
    return this.#step?.quantile(q) ?? Number.NaN;
  }

  meanWait(): number {
    return this.#all.meanWait();
  }

  #flowCalmly(
    vessels: readonly Vessel[],
    count: number,
    utilisation: number,
    number: number,
    outcome: Outcome,
  ): void {
    const each = count / vessels.length;
    for (let i = 0; i < vessels.length; i++) {
      const vessel = vessels[i] as Vessel;
      const left = Math.min(number, vessel.waiting + each);
      const served = vessel.waiting + each - left;
      vessel.waiting = left;
      vessel.taken += each;
      vessel.cpu += served * this.#cpuPerRequest;
      outcome.served += served;
    }
    outcome.late += count * this.#pod.commonTail(utilisation, this.#slo.within);
    this.#record(utilisation, 0, count);
  }

  /** `alike` pods, each with arrivals at `rate`. */
  #flow(alike: readonly Vessel[], rate: number, seconds: number, outcome: Outcome): void {
    const parts = Math.ceil(seconds / this.#partOf(rate, (alike[0] as Vessel).backlog, seconds));
    const time = seconds / parts;
    const pods = alike.length;
    let { backlog, waiting } = alike[0] as Vessel;
    let servedEach = 0;
    let takenEach = 0;
    for (let part = 0; part < parts; part++) {
      const before = backlog;
      const numberBefore = waiting;
      const raw = backlog + (rate - this.#pod.rate) * time;
      const rejected = Math.min(rate * time, Math.max(0, raw - this.#most));
      backlog = Math.min(Math.max(0, raw), this.#most);
      const taken = rate * time - rejected;
      // Backward Euler of dx/dt = rate - capacity u(x), u(x) the utilisation at which a steady pod has x requests.
      const u = this.#pod.solve(this.#pod.rate * time, waiting + taken);
      waiting = u < HIGHEST ? this.#pod.number(u) : waiting + taken - this.#pod.rate * time;
      servedEach += numberBefore + taken - waiting;
      takenEach += taken;
      outcome.rejected += rejected * pods;
      const behind = (before + backlog) / 2;
      const own = this.#pod.utilisationAt(Math.max(0, (numberBefore + waiting) / 2 - behind));
      const delay = behind / this.#pod.rate;
      outcome.late += pods * (rejected + taken * this.#pod.tail(own, this.#slo.within - delay));
      this.#record(own, delay, taken * pods);
      if (own > CALM && delay < CLEARLY_BEHIND * this.#pod.wait(CALM)) this.rough += taken * pods;
    }
    outcome.served += servedEach * pods;
    for (const vessel of alike) {
      vessel.backlog = backlog;
      vessel.waiting = waiting;
      vessel.taken += takenEach;
      vessel.cpu += servedEach * this.#cpuPerRequest;
    }
  }

  #partOf(rate: number, backlog: number, seconds: number): number {
    const excess = rate / this.#pod.rate - 1;
    if (backlog >= this.#most && excess >= 0) return seconds;
    return Math.min(seconds, LONGEST_PART, Math.max(SHORTEST_PART, CHANGE / Math.abs(excess)));
  }

  #record(utilisation: number, delay: number, weight: number): void {
    this.#all.add(utilisation, delay, weight);
    this.#step?.add(utilisation, delay, weight);
  }
}

function isAlike(a: Vessel, b: Vessel): boolean {
  return a.backlog === b.backlog && a.waiting === b.waiting;
}
