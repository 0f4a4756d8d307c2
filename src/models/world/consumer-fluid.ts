import type { Random } from '../random.ts';
import { ArrivalCurve } from './arrival-curve.ts';
import type { Replica, Slo } from './replica.ts';
import { ResponseMixture } from './response-mixture.ts';
import type { Engine, Outcome, PartitionState, Station } from './station.ts';
import { HIGHEST, SteadyPod } from './steady-pod.ts';

/** As for requests that are sent to pods; see `fluid-engine.ts`. */
const CALM = 0.9;
const SHORTEST_PART = 1;
const LONGEST_PART = 5;
const CHANGE = 0.3;
const CLEARLY_BEHIND = 10;

/** One consumer of the group in one part of a step. */
type Flow = { left: number; behind: number; utilisation: number; delay: number };

/**
 * Records of a topic as a stream. They wait in partitions, of which each is read by one consumer of the group, shared out
 * as evenly as can be: pods beyond the partitions do nothing, and records stay where they are when a pod goes. A
 * consumer is a queue as in `fluid-engine.ts`, and nothing is turned away. A record is late when its time is up and it
 * has not been read.
 */
export class ConsumerFluid implements Engine {
  readonly #pod: SteadyPod;
  readonly #cpuPerRequest: number;
  readonly #slo: Slo;
  readonly #all: ResponseMixture;
  readonly #step: ResponseMixture | null;
  /** By partition: records that are not committed, those of them that are a backlog, and records committed so far. */
  readonly #waiting: Float64Array;
  readonly #backlog: Float64Array;
  readonly #committed: Float64Array;
  /** Of every partition: keys are spread evenly. */
  readonly #arrivals = new ArrivalCurve();
  /** Records of each partition whose time was up. */
  #due = 0;
  /** Records read by a consumer about as busy as it can be and not yet behind, where the approximation is rough. */
  rough = 0;

  /** `perStep` also keeps the response times of the last step. */
  constructor(replica: Replica, slo: Slo, perStep: boolean, partitions: number) {
    if (replica.variability !== 1)
      throw new RangeError(`the fluid engine wants a variability of 1, not ${replica.variability}`);
    this.#pod = new SteadyPod(replica);
    this.#cpuPerRequest = replica.cpuPerRequest;
    this.#slo = slo;
    this.#all = new ResponseMixture(this.#pod);
    this.#step = perStep ? new ResponseMixture(this.#pod) : null;
    this.#waiting = new Float64Array(partitions);
    this.#backlog = new Float64Array(partitions);
    this.#committed = new Float64Array(partitions);
  }

  get held(): number {
    let sum = 0;
    for (const waiting of this.#waiting) sum += waiting;
    return sum;
  }

  /** Whole records: of a part of one there is one as often as that part is large. */
  partitions(random: Random): PartitionState[] {
    return Array.from(this.#waiting, (waiting, p) => {
      const lag = Math.floor(waiting + random.uniform());
      return { lag, committed: this.#committed[p] as number };
    });
  }

  open(): Station {
    return { waiting: 0, cpu: 0, taken: 0, assigned: 0 };
  }

  beginStep(): void {
    this.#step?.clear();
  }

  serve(
    pods: readonly Station[],
    { from, seconds, count, rate }: { from: number; seconds: number; count: number; rate: number },
  ): Outcome {
    const outcome = { arrived: count, served: 0, rejected: 0, late: 0 };
    if (this.#arrivals.count === 0) this.#arrivals.add(from, 0);
    const partitions = this.#waiting.length;
    const consumers = Math.min(partitions, pods.length);
    const each = count / partitions;
    for (let i = consumers; i < pods.length; i++) (pods[i] as Station).assigned = 0;
    if (consumers === 0) this.#pile(each);
    else if (this.#isCalm(consumers, rate)) this.#flowCalmly(pods, consumers, each, rate, outcome);
    else {
      const parts = Math.ceil(seconds / this.#partOf(consumers, count / seconds));
      const time = seconds / parts;
      for (let part = 0; part < parts; part++) {
        const end = from + (part + 1) * time;
        this.#arrivals.add(end, each / parts);
        this.#flow(pods, consumers, each / parts, { time, end }, outcome);
        outcome.late += this.#overdue(end);
      }
      return outcome;
    }
    this.#arrivals.add(from + seconds, each);
    outcome.late += this.#overdue(from + seconds);
    return outcome;
  }

  /** Pods have no records of their own: what they have not committed is read by another. */
  drain(): Outcome {
    return { arrived: 0, served: 0, rejected: 0, late: 0 };
  }

  close(): number {
    return 0;
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

  #pile(each: number): void {
    for (let p = 0; p < this.#waiting.length; p++) {
      (this.#waiting[p] as number) += each;
      (this.#backlog[p] as number) += each;
    }
  }

  /** Utilisation of a consumer that reads `read` partitions. */
  #utilisation(read: number, rate: number): number {
    return (rate * read) / this.#waiting.length / this.#pod.rate;
  }

  #isCalm(consumers: number, rate: number): boolean {
    const heaviest = this.#utilisation(Math.ceil(this.#waiting.length / consumers), rate);
    if (heaviest > CALM) return false;
    const most = 3 * this.#pod.number(heaviest) + 10;
    for (let c = 0; c < consumers; c++) {
      const [backlog, waiting] = this.#sums(c, consumers);
      if (backlog > 0 || waiting >= most) return false;
    }
    return true;
  }

  #sums(consumer: number, consumers: number): [backlog: number, waiting: number] {
    let [backlog, waiting] = [0, 0];
    for (let p = consumer; p < this.#waiting.length; p += consumers) {
      backlog += this.#backlog[p] as number;
      waiting += this.#waiting[p] as number;
    }
    return [backlog, waiting];
  }

  #flowCalmly(
    pods: readonly Station[],
    consumers: number,
    each: number,
    rate: number,
    outcome: Outcome,
  ): void {
    for (let c = 0; c < consumers; c++) {
      const read = this.#partitionsOf(c, consumers);
      const utilisation = this.#utilisation(read, rate);
      const there = this.#sums(c, consumers)[1] + read * each;
      const left = Math.min(this.#pod.number(utilisation), there);
      this.#commit(pods[c] as Station, { consumer: c, consumers, each }, { there, left, behind: 0 });
      outcome.served += there - left;
      outcome.late += (there - left) * this.#pod.commonTail(utilisation, this.#slo.within);
      this.#record(utilisation, 0, there - left);
    }
  }

  #flow(
    pods: readonly Station[],
    consumers: number,
    each: number,
    { time, end }: { time: number; end: number },
    outcome: Outcome,
  ): void {
    let last: (Flow & { read: number; backlog: number; waiting: number }) | undefined;
    for (let c = 0; c < consumers; c++) {
      const read = this.#partitionsOf(c, consumers);
      const [backlog, waiting] = this.#sums(c, consumers);
      // Consumers that began alike stay alike.
      if (last === undefined || last.read !== read || last.backlog !== backlog || last.waiting !== waiting)
        last = { read, backlog, waiting, ...this.#consume({ read, backlog, waiting }, each, time, end) };
      const { left, behind, utilisation, delay } = last;
      const there = waiting + read * each;
      this.#commit(pods[c] as Station, { consumer: c, consumers, each }, { there, left, behind });
      const served = there - left;
      const within = this.#slo.within - delay;
      outcome.served += served;
      // Those that waited too long for their turn were told of when their time was up.
      if (within > 0) outcome.late += served * this.#pod.tail(utilisation, within);
      this.#record(utilisation, delay, served);
      if (utilisation > CALM && delay < CLEARLY_BEHIND * this.#pod.wait(CALM)) this.rough += served;
    }
  }

  /** The state of a consumer after `time` seconds in which `each` records came to each of its partitions. */
  #consume(
    { read, backlog, waiting }: { read: number; backlog: number; waiting: number },
    each: number,
    time: number,
    end: number,
  ): Flow {
    const { rate } = this.#pod;
    const taken = read * each;
    // Backward Euler of dx/dt = arrivals - rate u(x), u(x) the utilisation at which a steady pod has x records.
    const u = this.#pod.solve(rate * time, waiting + taken);
    const left = u < HIGHEST ? this.#pod.number(u) : waiting + taken - rate * time;
    const behind = Math.min(left, Math.max(0, backlog + taken - rate * time));
    const mean = (backlog + behind) / 2;
    const utilisation = this.#pod.utilisationAt(Math.max(0, (waiting + left) / 2 - mean));
    const middle = end - time / 2;
    const delay = mean > 0 ? middle - this.#arrivals.timeOf(this.#arrivals.at(middle) - mean / read) : 0;
    return { left, behind, utilisation, delay };
  }

  /** Shares what is left of what was `there` among the partitions of a consumer, and puts the rest down as read. */
  #commit(
    pod: Station,
    { consumer, consumers, each }: { consumer: number; consumers: number; each: number },
    { there, left, behind }: { there: number; left: number; behind: number },
  ): void {
    const share = there > 0 ? left / there : 0;
    for (let p = consumer; p < this.#waiting.length; p += consumers) {
      const before = (this.#waiting[p] as number) + each;
      this.#waiting[p] = before * share;
      (this.#committed[p] as number) += before * (1 - share);
      this.#backlog[p] = left > 0 ? (before * share * behind) / left : 0;
    }
    pod.assigned = left;
    pod.taken += there - left;
    pod.cpu += (there - left) * this.#cpuPerRequest;
  }

  /** Records whose time is up by `now` and that still wait, each told once. */
  #overdue(now: number): number {
    const due = this.#arrivals.at(now - this.#slo.within);
    if (due <= this.#due) return 0;
    const arrived = this.#arrivals.count;
    let late = 0;
    let oldest = arrived;
    for (const backlog of this.#backlog) {
      late += Math.max(0, due - Math.max(arrived - backlog, this.#due));
      oldest = Math.min(oldest, arrived - backlog);
    }
    this.#due = due;
    this.#arrivals.forget(Math.min(oldest, due));
    return late;
  }

  #partitionsOf(consumer: number, consumers: number): number {
    return Math.ceil((this.#waiting.length - consumer) / consumers);
  }

  #partOf(consumers: number, rate: number): number {
    const excess = this.#utilisation(Math.ceil(this.#waiting.length / consumers), rate) - 1;
    return Math.min(LONGEST_PART, Math.max(SHORTEST_PART, CHANGE / Math.abs(excess)));
  }

  #record(utilisation: number, delay: number, weight: number): void {
    this.#all.add(utilisation, delay, weight);
    this.#step?.add(utilisation, delay, weight);
  }
}
