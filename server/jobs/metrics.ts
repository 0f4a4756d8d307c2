import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { buckets } from '../metrics.ts';
import { type JobQueue, priorities, type QueueName, type Queues, queueNames } from './queues.ts';

export type JobMetrics = {
  processed: Counter<'queue' | 'result'>;
  duration: Histogram<'queue'>;
  stalled: Counter<'queue'>;
  readded: Counter<'queue'>;
};

export function createJobMetrics(registry: Registry): JobMetrics {
  const registers = [registry];
  const metrics = {
    processed: new Counter({
      name: 'jobs_processed_total',
      help: 'Attempts at jobs by how they ended: completed, retried later, or failed for good',
      labelNames: ['queue', 'result'],
      registers,
    }),
    duration: new Histogram({
      name: 'jobs_duration_seconds',
      help: 'Time of one attempt at a job, the wait for a database that is away among it',
      labelNames: ['queue'],
      buckets,
      registers,
    }),
    stalled: new Counter({
      name: 'jobs_stalled_total',
      help: 'Jobs taken back from a worker that had stopped renewing its lock, as this worker found them',
      labelNames: ['queue'],
      registers,
    }),
    readded: new Counter({
      name: 'jobs_readded_total',
      help: 'Jobs that Redis had lost and the sweep added again',
      labelNames: ['queue'],
      registers,
    }),
  };
  // A counter that is there from the start shows its first increase.
  for (const queue of queueNames) {
    for (const result of ['completed', 'retried', 'failed']) metrics.processed.inc({ queue, result }, 0);
    metrics.stalled.inc({ queue }, 0);
    metrics.readded.inc({ queue }, 0);
  }
  return metrics;
}

type Reading = { counts: Record<string, number>; oldestSeconds: number };

const waitingStates = ['waiting', 'prioritized', 'delayed'] as const;
const states = [...waitingStates, 'active', 'failed'] as const;

/**
 * Gauges of the queues, read from Redis when the page is asked for. Every worker tells the same numbers, those of all
 * workers together. While Redis does not answer they are absent, which is what is known of them.
 */
export function showQueues(registry: Registry, queues: Queues): void {
  const read = shared(() => readQueues(queues));
  const registers = [registry];
  new Gauge({
    name: 'trades_queue_depth',
    help: 'Settlement jobs to be done: waiting, prioritized or delayed; the same from every worker',
    registers,
    async collect() {
      const reading = (await read())?.settlement;
      if (!reading) return this.remove();
      this.set(waitingStates.reduce((sum, state) => sum + (reading.counts[state] ?? 0), 0));
    },
  });
  new Gauge({
    name: 'jobs_queue_depth',
    help: 'Jobs by queue and state; the same from every worker',
    labelNames: ['queue', 'state'],
    registers,
    async collect() {
      const reading = await read();
      this.reset();
      for (const queue of reading ? queueNames : []) {
        for (const state of states) this.set({ queue, state }, reading?.[queue].counts[state] ?? 0);
      }
    },
  });
  new Gauge({
    name: 'jobs_oldest_age_seconds',
    help: 'Time since the trade of the oldest job that is not done; 0 without one; the same from every worker',
    labelNames: ['queue'],
    registers,
    async collect() {
      const reading = await read();
      this.reset();
      for (const queue of reading ? queueNames : []) this.set({ queue }, reading?.[queue].oldestSeconds ?? 0);
    },
  });
}

/** Callers that ask while a reading is under way get that one; undefined where it fails. */
function shared<T>(read: () => Promise<T>): () => Promise<T | undefined> {
  let underWay: Promise<T | undefined> | undefined;
  return () => {
    underWay ??= read()
      .catch(() => undefined)
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };
}

async function readQueues(queues: Queues): Promise<Record<QueueName, Reading>> {
  const [settlement, notifications] = await Promise.all(
    ([queues.settlement, queues.notifications] as const).map(readQueue),
  );
  if (!settlement || !notifications) throw new Error('a queue was not read');
  return { settlement, notifications };
}

/** Of all that are delayed or under way, this many are looked at for the oldest. */
const sample = 100;

async function readQueue(queue: JobQueue): Promise<Reading> {
  const [counts, perPriority] = await Promise.all([
    queue.getJobCounts(...states),
    queue.getCountsPerPriority([priorities.large]),
  ]);
  // Those of one priority are in the order they came, so the first of each is its oldest.
  const large = perPriority[priorities.large] ?? 0;
  const jobs = await Promise.all([
    queue.getJobs(['prioritized'], 0, 0, true),
    queue.getJobs(['prioritized'], large, large, true),
    queue.getJobs(['delayed', 'active'], 0, sample, true),
  ]);
  const now = Date.now();
  const oldest = Math.min(now, ...jobs.flat().flatMap((job) => job?.timestamp ?? []));
  return { counts, oldestSeconds: (now - oldest) / 1000 };
}
