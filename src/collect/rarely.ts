import { performance } from 'node:perf_hooks';

/**
 * Seconds from one reading to the next of what costs more and changes less: every fifth tick, also when that is a
 * little early. And how many times its own duration that must be at least.
 */
const EVERY = 4.5;
const SHARE = 100;

/** `read` as a function that reads only when it is due again, and is undefined in between. */
export function rarely<T>(
  read: () => T,
  now: () => number = () => performance.now() / 1000,
): () => T | undefined {
  let due = Number.NEGATIVE_INFINITY;
  return () => {
    const begun = now();
    if (begun < due) return undefined;
    try {
      return read();
    } finally {
      const ended = now();
      due = Math.max(begun + EVERY, ended + (ended - begun) * SHARE);
    }
  };
}
