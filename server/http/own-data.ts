import type { FastifyRequest } from 'fastify';
import { followWrites } from '../cache/heard.ts';
import type { Database } from '../database/pool.ts';
import { afterOf } from './after.ts';
import type { Platform } from './app.ts';

/** Reads something of a user from the cache, else with `load` from a database that has the user's last write. */
export type ReadOwn = <T>(
  request: FastifyRequest,
  userId: string,
  key: string,
  load: (database: Database) => Promise<T>,
) => Promise<T>;

/** Goes by the cache when the client has seen a write of which this process has not heard. */
export function readsOfOwnData({ cache, changes, reads }: Platform): ReadOwn {
  const hasHeard = followWrites(changes);
  return (request, userId, key, load) => {
    const after = afterOf(request);
    const fresh = (): ReturnType<typeof load> => load(reads.for(userId, after));
    return after === undefined || hasHeard(userId, after) ? cache.get(key, fresh) : fresh();
  };
}
