/**
 * What is assumed of a service that nobody has measured: the constants of the platform's capacity planner. Every one
 * of them gives way to a measurement.
 */
const MiB = 2 ** 20;

export const declared = {
  /** Core seconds per request. */
  cpuPerRequest: 0.01,
  /** Bytes per request in flight. */
  memoryPerRequest: 50 * MiB,
  /** On CPU, memory and connections. */
  buffer: 1.5,
  /** Cores and bytes of a replica. */
  replicaCpu: 0.5,
  replicaMemory: 1024 * MiB,
  replicas: 2,
  readsPerTrade: 5,
  writesPerTrade: 3,
  /** On the operations of an average second. */
  iopsBuffer: 2,
  connections: 100,
  daysPerMonth: 30,
  monthsPerYear: 12,
} as const;

/** A limit is this many times the request of CPU, and a request of memory this share of its limit. */
export const LIMIT_TO_REQUEST = 2;

/**
 * The busiest hour of an FX day against the mean of all hours of the week. Each centre's share of the BIS triennial
 * survey of 2022, spread evenly over its business day, gives 2.62; measured profiles peak higher.
 */
export const PEAK_TO_MEAN = 2.62;

export const SECONDS_PER_DAY = 86_400;

/** The next whole number, but not past one that only rounding put it above. */
export function ceilCount(value: number): number {
  return Math.max(0, Math.ceil(value - 1e-9 * Math.abs(value)));
}
