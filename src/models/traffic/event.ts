/**
 * Something that multiplies the load by `multiplier`: from `at`, seconds since 1970, it rises evenly for `rise` seconds
 * and then decays evenly over `decay` seconds.
 */
export type TrafficEvent = { name: string; at: number; multiplier: number; rise: number; decay: number };

/** The factor of one event at `t`: 1 before it and after it. */
export function eventFactor({ at, multiplier, rise, decay }: TrafficEvent, t: number): number {
  const since = t - at;
  if (since < 0 || since >= rise + decay) return 1;
  const way = since < rise ? since / rise : 1 - (since - rise) / decay;
  return 1 + (multiplier - 1) * way;
}

/** Of several events at once the strongest counts: two pieces of news in one minute are one crowd. */
export function eventsFactor(events: readonly TrafficEvent[], t: number): number {
  return events.reduce((factor, event) => Math.max(factor, eventFactor(event, t)), 1);
}
