import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves when `records` more may be handled at the rate (records per second), which all callers share; at once
 * without one. An arranged bottleneck for tests of the planners.
 */
export function createThrottle(perSecond: number | null): (records: number) => Promise<void> {
  if (perSecond === null) return async () => undefined;
  let freeAt = performance.now();
  return async (records) => {
    const now = performance.now();
    const start = Math.max(now, freeAt);
    freeAt = start + (records / perSecond) * 1000;
    await sleep(start - now);
  };
}
