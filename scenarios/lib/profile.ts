// Shapes of load over time, as stages of k6's arrival-rate executors.

export type Stage = { duration: string; target: number };

/** k6 takes whole milliseconds and whole rates; a rate of nothing would end nothing and start nothing. */
export function stage(seconds: number, rate: number): Stage {
  return { duration: `${Math.round(seconds * 1000)}ms`, target: wholeRate(rate) };
}

export function wholeRate(rate: number): number {
  return Math.max(1, Math.round(rate));
}

/** At once to the rate, and held there. */
export function hold(seconds: number, rate: number): Stage[] {
  return [stage(0, rate), stage(seconds, rate)];
}

/** A curve by straight lines: `rateAt` of the share of the time that has passed, 0 to 1. */
export function curve(seconds: number, parts: number, rateAt: (share: number) => number): Stage[] {
  return Array.from({ length: parts }, (_, part) => stage(seconds / parts, rateAt((part + 1) / parts)));
}

/** Users enough for the peak when an answer takes a third of a second, and twice as many at the most. */
export function usersFor(peak: number): { preAllocatedVUs: number; maxVUs: number } {
  const preAllocatedVUs = Math.max(10, Math.ceil(peak / 3));
  return { preAllocatedVUs, maxVUs: preAllocatedVUs * 2 };
}
