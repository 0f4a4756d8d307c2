import { type IterationsPlan, nanoseconds } from './plan.ts';

/** The executors shared-iterations (`shared`) and per-vu-iterations: a number of iterations within `maxDuration` seconds. */
export function iterationsPlan(config: {
  readonly shared: boolean;
  readonly vus: number;
  readonly iterations: number;
  readonly maxDuration: number;
  readonly gracefulStop: number;
}): IterationsPlan {
  const { shared, vus, iterations, maxDuration, gracefulStop } = config;
  return {
    kind: 'iterations',
    shared,
    vus,
    iterations,
    end: maxDuration,
    gracefulStop,
    reserved: [
      { time: 0, vus },
      { time: (nanoseconds(maxDuration) + nanoseconds(gracefulStop)) / 1e9, vus: 0 },
    ],
  };
}
