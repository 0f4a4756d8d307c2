import { connectRedis } from '../cache/redis.ts';
import type { Carrier } from '../events/outbox.ts';
import { addJobs, openQueues, queueNames } from './queues.ts';

/**
 * Carries rows of the outbox to the queues: a settlement and a notification for each trade. It rejects when Redis is
 * away; a row that comes again makes no second job.
 */
export function openJobsCarrier(redisUrl: string): Carrier {
  const redis = connectRedis(redisUrl);
  const queues = openQueues(redis);
  return {
    async carry(rows) {
      const trades = rows.map(({ payload }) => payload);
      await Promise.all(queueNames.map((name) => addJobs(queues[name], trades)));
    },
    async close() {
      await Promise.all(queueNames.map((name) => queues[name].close()));
      redis.disconnect();
    },
  };
}
