import { LRUCache } from 'lru-cache';
import type { Changes } from './changes.ts';

/** Of a user who is no longer among them it holds that nothing was heard. */
const mostUsers = 10_000;

/**
 * Which writes this process has heard of. The change of a trade travels beside the answer to its client, and a request
 * that comes by another process may be faster: that process then still has values of before.
 * @returns whether the user's write was heard here, and so whether nothing older is in this process's cache
 */
export function followWrites(changes: Changes): (userId: string, transaction: string) => boolean {
  const heard = new LRUCache<string, bigint>({ max: mostUsers });
  changes.subscribe(({ userId, transaction }) => {
    if (userId === undefined || transaction === undefined || !/^\d{1,20}$/.test(transaction)) return;
    const number = BigInt(transaction);
    if (number > (heard.get(userId) ?? -1n)) heard.set(userId, number);
  });
  return (userId, transaction) => (heard.get(userId) ?? -1n) >= BigInt(transaction);
}
