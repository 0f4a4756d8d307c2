import { Histogram } from '../../src/models/histogram.ts';
import type { MeasuredStep } from '../../src/planners/probe.ts';

/** A step in which every request took `latency` seconds. */
export function step(
  connections: number,
  throughput: number,
  { latency = connections / throughput, ...rest }: Partial<MeasuredStep> & { latency?: number } = {},
): MeasuredStep {
  const latencies = new Histogram();
  const requests = rest.requests ?? 1000;
  latencies.record(latency, requests);
  return {
    ...{ connections, throughput, latencies, requests },
    ...{ errors: 0, timeouts: 0, reason: undefined, busy: 0.2, ...rest },
  };
}

/** Two repeats of each level, a little apart. */
export function sweepOf(throughputs: Readonly<Record<number, number>>): MeasuredStep[] {
  return Object.entries(throughputs).flatMap(([connections, throughput]) => [
    step(Number(connections), throughput * 0.99),
    step(Number(connections), throughput * 1.01),
  ]);
}
