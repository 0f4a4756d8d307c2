import { COARSE_BITS, FINE_BITS, Histogram } from '../histogram.ts';
import type { Random } from '../random.ts';
import { type Replica, type Slo, serviceOf } from './replica.ts';
import type { Engine, Outcome, PartitionState, Station } from './station.ts';

type Queue = Station & {
  /** When each worker will be free. */
  readonly free: Float64Array;
  /** When the requests that the pod has will leave. */
  readonly departures: number[];
};

/**
 * Every request on its own: a first-come-first-served queue in each pod (Lindley's recursion, one term per worker), with
 * service times drawn at random. Exact, and as slow as there are requests.
 */
export class EventEngine implements Engine {
  readonly #replica: Replica;
  readonly #slo: Slo;
  readonly #draw: (random: Random) => number;
  readonly #responses = new Histogram(FINE_BITS);
  readonly #stepResponses: Histogram | null;
  readonly held = 0;
  readonly rough = 0;
  #waits = 0;

  /** `perStep` also keeps the response times of the last step. */
  constructor(replica: Replica, slo: Slo, perStep: boolean) {
    this.#stepResponses = perStep ? new Histogram(COARSE_BITS) : null;
    this.#replica = replica;
    this.#slo = slo;
    this.#draw = serviceTimes(serviceOf(replica), replica.variability);
  }

  open(): Queue {
    return { waiting: 0, cpu: 0, taken: 0, free: new Float64Array(this.#replica.workers), departures: [] };
  }

  partitions(): PartitionState[] {
    return [];
  }

  beginStep(): void {
    this.#stepResponses?.reset();
  }

  serve(
    stations: readonly Queue[],
    { from, seconds, count }: { from: number; seconds: number; count: number },
    random: Random,
  ): Outcome {
    const outcome = { arrived: count, served: 0, rejected: 0, late: 0 };
    if (stations.length === 0) return { ...outcome, rejected: count, late: count };
    for (const at of sortedTimes(count, random)) {
      const queue = stations[random.integer(stations.length)] as Queue;
      if (!this.#take(queue, from + at * seconds, random, outcome)) {
        outcome.rejected++;
        outcome.late++;
      }
    }
    for (const queue of stations) outcome.served += this.#depart(queue, from + seconds);
    return outcome;
  }

  drain(stations: readonly Queue[], from: number, seconds: number): Outcome {
    const outcome = { arrived: 0, served: 0, rejected: 0, late: 0 };
    for (const queue of stations) outcome.served += this.#depart(queue, from + seconds);
    return outcome;
  }

  close({ waiting }: Station): number {
    return waiting;
  }

  responseQuantile(q: number): number {
    return this.#responses.count === 0 ? Number.NaN : this.#responses.quantile(q);
  }

  stepQuantile(q: number): number {
    return this.#stepResponses?.count ? this.#stepResponses.quantile(q) : Number.NaN;
  }

  meanWait(): number {
    return this.#waits / this.#responses.count;
  }

  #take(queue: Queue, now: number, random: Random, outcome: Outcome): boolean {
    const { free } = queue;
    let worker = 0;
    for (let i = 1; i < free.length; i++) if ((free[i] as number) < (free[worker] as number)) worker = i;
    const start = Math.max(now, free[worker] as number);
    const wait = start - now;
    if (wait > this.#replica.timeout) return false;
    const end = start + this.#draw(random);
    free[worker] = end;
    queue.departures.push(end);
    queue.taken++;
    queue.waiting++;
    this.#waits += wait;
    this.#responses.record(end - now);
    this.#stepResponses?.record(end - now);
    if (end - now > this.#slo.within) outcome.late++;
    return true;
  }

  /** Removes what is finished by `now`. */
  #depart(queue: Queue, now: number): number {
    const { departures } = queue;
    let kept = 0;
    for (const time of departures) if (time > now) departures[kept++] = time;
    const served = departures.length - kept;
    departures.length = kept;
    queue.waiting = kept;
    queue.cpu += served * this.#replica.cpuPerRequest;
    return served;
  }
}

/** `count` uniform times in [0, 1) in order: sums of exponential gaps over their total. */
export function sortedTimes(count: number, random: Random): Float64Array {
  const times = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum -= Math.log(1 - random.uniform());
    times[i] = sum;
  }
  sum -= Math.log(1 - random.uniform());
  for (let i = 0; i < count; i++) times[i] = (times[i] as number) / sum;
  return times;
}

/** Exponential for a variability of one, constant for zero, and log-normal for any other. */
export function serviceTimes(mean: number, variability: number): (random: Random) => number {
  if (variability === 0) return () => mean;
  if (variability === 1) return (random) => -mean * Math.log(1 - random.uniform());
  const variance = Math.log(1 + variability);
  const deviation = Math.sqrt(variance);
  return (random) => mean * Math.exp(deviation * random.normal() - variance / 2);
}
