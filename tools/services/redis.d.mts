import type { Instance, Place } from './instance.d.mts';

export interface Redis extends Instance {
  readonly url: string;
}

/** A Redis of one's own. Rejects with the end of its log when it does not start. */
export function startRedis(place: Place): Promise<Redis>;

/** Whether a Redis at 127.0.0.1:`port` answers a PING; one that still loads its data does not. */
export function redisAnswers(port: number): Promise<boolean>;

/** The program that `startRedis` runs: REDIS_SERVER, or redis-server. */
export function redisServer(): string;

/** What every Redis here is told beside its port and folder. */
export const redisSettings: [name: string, value: string][];
