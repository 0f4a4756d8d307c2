import { isAfter, isBefore } from './instant.ts';
import type { ScaleEvent } from './state.ts';

/** By how many replicas `events` changed the target in the last `period` seconds; one exactly as old does not count. */
export function changeWithin(events: readonly ScaleEvent[], period: number, now: number): number {
  const cutoff = now - period;
  let change = 0;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as ScaleEvent;
    if (isAfter(event.time, cutoff)) change += event.change;
  }
  return change;
}

/**
 * Remembers a rescale by `change` replicas. Events older than `longest`, the longest period of the policies of their
 * direction, are outdated, and the last of those is overwritten: one for each event that is stored, so that others stay.
 */
export function storeEvent(events: ScaleEvent[], change: number, longest: number, now: number): void {
  const cutoff = now - longest;
  let old: ScaleEvent | undefined;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as ScaleEvent;
    if (isBefore(event.time, cutoff)) event.outdated = true;
    if (event.outdated) old = event;
  }
  if (old === undefined) {
    events.push({ change, time: now, outdated: false });
    return;
  }
  old.change = change;
  old.time = now;
  old.outdated = false;
}
