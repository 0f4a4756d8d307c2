import { LRUCache } from 'lru-cache';

export type RecentWrites = {
  wrote(userId: string, transaction: bigint): void;
  /** The transaction that a standby must have before this user may read from it. */
  neededBy(userId: string): bigint | undefined;
  /** Every standby has the transactions below `xmin`. */
  forgetBelow(xmin: bigint): void;
};

/**
 * The last write of each user that some standby may not have. When there are more users than `most`, the oldest
 * writes are no longer told apart: from then on everybody needs the newest of them, so that no read is ever too old.
 */
export function createRecentWrites(most = 10_000): RecentWrites {
  let floor: bigint | undefined;
  const writes = new LRUCache<string, bigint>({
    max: most,
    dispose(transaction, _userId, reason) {
      if (reason === 'evict' && (floor === undefined || transaction > floor)) floor = transaction;
    },
  });
  return {
    wrote(userId, transaction) {
      const known = writes.peek(userId);
      // Told again by another process, or out of order.
      if (known === undefined || known < transaction) writes.set(userId, transaction);
    },
    neededBy: (userId) => writes.peek(userId) ?? floor,
    forgetBelow(xmin) {
      for (const userId of writes.rkeys()) {
        // About in the order of the transactions: one left behind goes in a later round.
        if ((writes.peek(userId) ?? 0n) >= xmin) break;
        writes.delete(userId);
      }
      if (floor !== undefined && floor < xmin) floor = undefined;
    },
  };
}
