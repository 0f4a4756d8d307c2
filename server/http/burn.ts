export const requestClasses = ['quote', 'trade', 'history', 'positions'] as const;
export type RequestClass = (typeof requestClasses)[number];

/** CPU seconds to burn per request, for tests that check whether measured demand is true. */
export type BurnTimes = Partial<Record<RequestClass, number>>;

/**
 * Uses up `seconds` of CPU time of this process. Judged by CPU time and not by the clock, because a process under a
 * CPU quota is stopped for part of the time that passes.
 */
export function burnCpu(seconds: number): void {
  const before = process.cpuUsage();
  const microseconds = seconds * 1e6;
  for (;;) {
    const used = process.cpuUsage(before);
    if (used.user + used.system >= microseconds) return;
  }
}

export function createBurner(times: BurnTimes): (requestClass: RequestClass) => void {
  return (requestClass) => {
    const seconds = times[requestClass];
    if (seconds) burnCpu(seconds);
  };
}
