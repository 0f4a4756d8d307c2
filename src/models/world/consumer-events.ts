import { COARSE_BITS, FINE_BITS, Histogram } from '../histogram.ts';
import type { Random } from '../random.ts';
import { serviceTimes, sortedTimes } from './event-engine.ts';
import { type Replica, type Slo, serviceOf } from './replica.ts';
import type { Engine, Outcome, PartitionState, Station } from './station.ts';

type Consumer = Station & {
  /** When each worker will be free. */
  readonly free: Float64Array;
  /** Records in work: when they came, when they are committed, and of which partition they are. */
  readonly work: { came: number; end: number; partition: Partition }[];
};

/** A log of the times at which records came; those before `next` were begun. */
type Partition = {
  readonly times: number[];
  next: number;
  /** Records before this one were told of if they were late. */
  judged: number;
  inWork: number;
  committed: number;
};

/** Begun records that are kept before the log is shortened. */
const KEPT = 10_000;

/**
 * Every record of a topic on its own: a consumer takes the oldest record of the partitions that it reads. Who reads what,
 * and when a record is late, is as in `consumer-fluid.ts`. Exact, and as slow as there are records.
 */
export class ConsumerEvents implements Engine {
  readonly #replica: Replica;
  readonly #slo: Slo;
  readonly #draw: (random: Random) => number;
  readonly #responses = new Histogram(FINE_BITS);
  readonly #stepResponses: Histogram | null;
  readonly #partitions: Partition[];
  readonly rough = 0;
  #waits = 0;

  /** `perStep` also keeps the response times of the last step. */
  constructor(replica: Replica, slo: Slo, perStep: boolean, partitions: number) {
    this.#stepResponses = perStep ? new Histogram(COARSE_BITS) : null;
    this.#replica = replica;
    this.#slo = slo;
    this.#draw = serviceTimes(serviceOf(replica), replica.variability);
    this.#partitions = Array.from({ length: partitions }, () => ({
      ...{ times: [], next: 0, judged: 0, inWork: 0, committed: 0 },
    }));
  }

  get held(): number {
    return this.#partitions.reduce((sum, { times, next }) => sum + times.length - next, 0);
  }

  partitions(): PartitionState[] {
    return this.#partitions.map(({ times, next, inWork, committed }) => ({
      lag: times.length - next + inWork,
      committed,
    }));
  }

  open(): Consumer {
    const station = { waiting: 0, cpu: 0, taken: 0, assigned: 0 };
    return { ...station, free: new Float64Array(this.#replica.workers), work: [] };
  }

  beginStep(): void {
    this.#stepResponses?.reset();
  }

  serve(
    pods: readonly Consumer[],
    { from, seconds, count }: { from: number; seconds: number; count: number },
    random: Random,
  ): Outcome {
    const outcome = { arrived: count, served: 0, rejected: 0, late: 0 };
    const all = this.#partitions;
    for (const at of sortedTimes(count, random))
      (all[random.integer(all.length)] as Partition).times.push(from + at * seconds);
    const to = from + seconds;
    const consumers = Math.min(all.length, pods.length);
    for (let c = 0; c < pods.length; c++) {
      const pod = pods[c] as Consumer;
      const read = c < consumers ? all.filter((_, p) => p % consumers === c) : [];
      this.#work(pod, read, { from, to }, random, outcome);
      outcome.served += this.#commit(pod, to);
      pod.assigned = read.reduce((sum, { times, next }) => sum + times.length - next, 0);
    }
    for (const partition of all) outcome.late += this.#overdue(partition, to);
    return outcome;
  }

  drain(pods: readonly Consumer[], from: number, seconds: number): Outcome {
    const outcome = { arrived: 0, served: 0, rejected: 0, late: 0 };
    for (const pod of pods) {
      outcome.served += this.#commit(pod, from + seconds);
      pod.assigned = 0;
    }
    return outcome;
  }

  /** What it has not committed is read again by another. */
  close(pod: Consumer): number {
    for (const { came, partition } of pod.work) {
      partition.times.splice(partition.next, 0, came);
      partition.judged++;
      partition.inWork--;
    }
    pod.work.length = 0;
    pod.waiting = 0;
    return 0;
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

  /** Begins what can be begun before `to`. */
  #work(
    pod: Consumer,
    read: readonly Partition[],
    { from, to }: { from: number; to: number },
    random: Random,
    outcome: Outcome,
  ): void {
    const { free } = pod;
    for (let oldest = oldestOf(read); oldest !== undefined; oldest = oldestOf(read)) {
      let worker = 0;
      for (let i = 1; i < free.length; i++) if ((free[i] as number) < (free[worker] as number)) worker = i;
      const came = oldest.times[oldest.next] as number;
      const start = Math.max(came, free[worker] as number, from);
      if (start >= to) return;
      const end = start + this.#draw(random);
      free[worker] = end;
      pod.work.push({ came, end, partition: oldest });
      pod.waiting++;
      pod.taken++;
      oldest.inWork++;
      if (oldest.judged === oldest.next) {
        oldest.judged++;
        if (end - came > this.#slo.within) outcome.late++;
      }
      oldest.next++;
      this.#waits += start - came;
      this.#responses.record(end - came);
      this.#stepResponses?.record(end - came);
    }
  }

  /** Removes what is finished by `now`. */
  #commit(pod: Consumer, now: number): number {
    const { work } = pod;
    let kept = 0;
    for (const each of work) {
      if (each.end > now) work[kept++] = each;
      else {
        each.partition.inWork--;
        each.partition.committed++;
      }
    }
    const served = work.length - kept;
    work.length = kept;
    pod.waiting = kept;
    pod.cpu += served * this.#replica.cpuPerRequest;
    return served;
  }

  /** Records whose time is up by `now` and that still wait, each told once. */
  #overdue(partition: Partition, now: number): number {
    const { times } = partition;
    const before = partition.judged;
    while (partition.judged < times.length && (times[partition.judged] as number) + this.#slo.within <= now)
      partition.judged++;
    const late = partition.judged - before;
    if (partition.next > KEPT) {
      times.splice(0, partition.next);
      partition.judged -= partition.next;
      partition.next = 0;
    }
    return late;
  }
}

/** The partition whose next record came first. */
function oldestOf(partitions: readonly Partition[]): Partition | undefined {
  let oldest: Partition | undefined;
  let first = Number.POSITIVE_INFINITY;
  for (const partition of partitions) {
    const came = partition.times[partition.next];
    if (came !== undefined && came < first) {
      first = came;
      oldest = partition;
    }
  }
  return oldest;
}
