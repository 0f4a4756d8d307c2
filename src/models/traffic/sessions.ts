import { Zone } from './zone.ts';

/**
 * The foreign exchange week: it opens on Sunday at 17:00 in New York and closes on Friday at 17:00 there, 120 hours
 * later, whatever the clocks of London, Tokyo and Sydney do meanwhile.
 */
const newYork = new Zone('America/New_York');
const CLOSE = 17 * 3600;

/** Whether the market is open at `t`, seconds since 1970. */
export function isOpen(t: number): boolean {
  const { seconds, weekday } = newYork.local(t);
  if (weekday === 6) return false;
  if (weekday === 0) return seconds >= CLOSE;
  return weekday !== 5 || seconds < CLOSE;
}

/** From `hour` of local time in `zone` on, the level is higher by `step`; both in local hours and multiples of the mean. */
export type Edge = { zone: Zone; hour: number; step: number };

/**
 * The level at `t`: `base` at midnight UTC, and every edge that local clocks have passed since. Edges of one zone move
 * together when its clocks change, so that the overlap of two sessions is as long as it really is.
 */
export function levelAt(t: number, base: number, edges: readonly Edge[]): number {
  let level = base;
  for (const { zone, hour, step } of edges) {
    // Where an edge stands on the UTC day, 0 to 24: before it the level is the one without it.
    const at = (((hour - zone.offset(t) / 3600) % 24) + 24) % 24;
    const now = (t / 3600) % 24;
    if (now >= at) level += step;
  }
  return level;
}
