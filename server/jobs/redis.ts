import { Redis } from 'ioredis';
import type { Log } from '../processes/role.ts';
import { type Outage, watchOutage } from './outage.ts';

export type PatientRedis = { redis: Redis; outage: Outage; disconnect(): void };

/** Gives up an attempt to connect, so that the next one is not late when Redis is back. */
const connectMs = 3000;
/** Of a connection that may be dead; longer than a worker ever waits for the next job. */
const silenceMs = 12_000;

/**
 * The connection that BullMQ's workers need: a command waits for as long as Redis is away, and is sent when it is
 * back. ioredis tries to reconnect every 2 s at least.
 */
export function openPatientRedis(url: string, log: Log): PatientRedis {
  const redis = new Redis(url, {
    connectionName: 'fx-worker',
    connectTimeout: connectMs,
    socketTimeout: silenceMs,
    maxRetriesPerRequest: null,
  });
  const outage = watchOutage('Redis', log);
  redis.on('error', (error: Error) => outage.began(error.message));
  const lost = (): void => outage.began('connection closed');
  redis.on('close', lost);
  redis.on('ready', () => outage.ended());
  return {
    redis,
    outage,
    disconnect() {
      redis.off('close', lost);
      redis.disconnect();
    },
  };
}
