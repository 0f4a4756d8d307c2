import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'bullmq';
import { connectRedis } from '../cache/redis.ts';
import { openDatabases } from '../database/databases.ts';
import type { RoleContext, RunningRole, StartRole } from '../processes/role.ts';
import { attempt } from './attempt.ts';
import { createJobMetrics, type JobMetrics, showQueues } from './metrics.ts';
import { watchOutage } from './outage.ts';
import { openQueues, prefix, type QueueName, queueNames, type TradeJob } from './queues.ts';
import { openPatientRedis } from './redis.ts';
import { type SweepTimes, startSweep, sweepTimes } from './sweep.ts';

/** Of each queue, in each worker. */
const defaultJobsAtOnce = 4;
/** A job whose worker is gone is taken back after the lock and two rounds of the check at the latest. */
const lockMs = 3000;
const stalledCheckMs = 1000;
/** A worker that ends again and again is not the job's fault, but one job that ends every worker must not go on. */
const stallsAtMost = 10;
const acquireSeconds = 2;
/** Less than the server waits for its processes. */
const closeMs = 8000;

/** For tests. */
export type WorkerOptions = { jobsAtOnce?: number; sweep?: SweepTimes };

export const startWorker: StartRole = (context) => openWorker(context);

/** Works both queues, and sees to it that no trade goes without its jobs. Without Redis it waits. */
export async function openWorker(
  { settings, registry, log }: RoleContext,
  { jobsAtOnce = defaultJobsAtOnce, sweep: times = sweepTimes }: WorkerOptions = {},
): Promise<RunningRole> {
  const { redis: redisUrl, pool } = settings;
  if (redisUrl === null) throw new Error('a worker needs --redis');
  const patient = openPatientRedis(redisUrl, log);
  const impatient = connectRedis(redisUrl);
  const queues = openQueues(impatient);
  // One more than there are jobs, for the sweep.
  const max = Math.min(pool, queueNames.length * jobsAtOnce + 1);
  const urls: [string, ...string[]] = [settings.database, ...settings.readDatabases];
  const { primary: database } = await openDatabases({ urls, max, registry, log, acquireSeconds });
  const outage = watchOutage('the database', log);
  const metrics = createJobMetrics(registry);
  showQueues(registry, queues);
  const closing = new AbortController();

  const workers = queueNames.map((name) => {
    const work = attempt(name, { database, outage, metrics, closing: closing.signal });
    const worker = new Worker<TradeJob, void>(name, work, {
      connection: patient.redis,
      prefix,
      concurrency: jobsAtOnce,
      lockDuration: lockMs,
      stalledInterval: stalledCheckMs,
      maxStalledCount: stallsAtMost,
    });
    count(worker, name, metrics);
    return worker.on('error', (error) => {
      if (patient.redis.status !== 'ready') patient.outage.began(error.message);
      else log.warn({ queue: name, reason: error.message }, 'a worker of the queue met an error');
    });
  });
  const outages = { database: outage, redis: patient.outage };
  const sweep = startSweep({ database, queues, outages, readded: metrics.readded, log, times });

  return {
    trouble: () => patient.outage.trouble() ?? outage.trouble(),
    async close() {
      closing.abort();
      sweep.stop();
      const force = patient.redis.status !== 'ready';
      const done = Promise.all(workers.map((worker) => worker.close(force))).then(() => database.close());
      await Promise.race([done, sleep(closeMs, undefined, { ref: false })]);
      patient.disconnect();
      impatient.disconnect();
    },
  };
}

function count(worker: Worker<TradeJob, void>, queue: QueueName, { processed, stalled }: JobMetrics): void {
  worker.on('completed', () => processed.inc({ queue, result: 'completed' }));
  worker.on('failed', (job) =>
    processed.inc({ queue, result: job?.finishedOn === undefined ? 'retried' : 'failed' }),
  );
  worker.on('stalled', () => stalled.inc({ queue }));
}
