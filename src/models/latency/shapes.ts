import { mg1ResponseQuantile } from '../queueing/mg1.ts';
import { responseQuantile, waitQuantile } from '../queueing/mmc.ts';
import type { Curve } from '../throttling/curve.ts';
import { curveAt } from '../throttling/curve.ts';

/**
 * What a quantile of the response may be as a function of the utilisation u, 0 to below 1, in seconds. `servers` are
 * threads that serve requests at once; `base` is what a request takes beside that, whatever the load. It is below zero for
 * a class that needs less than the `service` of an average request, behind which it waits.
 */
export type LatencyModel =
  /** `unloaded / (1 - u)`: processor sharing, and M/M/1 as well, whose quantiles grow alike. */
  | { readonly model: 'processor-sharing'; readonly unloaded: number }
  /** M/M/c with exponential service of mean `service`. */
  | { readonly model: 'mmc'; readonly service: number; readonly servers: number }
  /** `base` and M/G/1 with gamma service. */
  | {
      readonly model: 'mg1';
      readonly base: number;
      readonly service: number;
      readonly variability: number;
    }
  /**
   * `base`, in which the service is included, and the wait of Allen and Cunneen: that of M/M/c with a service time of
   * `service` that is taken times half the variability of arrivals and service, `variability`.
   */
  | {
      readonly model: 'allen-cunneen';
      readonly base: number;
      readonly service: number;
      readonly servers: number;
      readonly variability: number;
    }
  /** `base` and a replica that stops when its CPU quota is used up: the points of `curve` come from a simulation. */
  | {
      readonly model: 'throttled';
      readonly base: number;
      readonly service: number;
      readonly variability: number;
      readonly cores: number;
      readonly threads: number;
      readonly curve: Curve;
    }
  /** `floor (1 + k (x - x0))` with x = u / (1 - u), x0 at the utilisation `at`, below which it is the floor. */
  | { readonly model: 'empirical'; readonly floor: number; readonly at: number; readonly k: number };

export type ModelName = LatencyModel['model'];

/** The `q` quantile at a utilisation. Throws a RangeError unless that is 0 to below 1. */
export function latencyOf(latency: LatencyModel, q: number, utilisation: number): number {
  checkUtilisation(utilisation);
  switch (latency.model) {
    case 'processor-sharing':
      return latency.unloaded / (1 - utilisation);
    case 'mmc':
      return latency.service * mmcShape(latency.servers, q, utilisation);
    case 'mg1':
      return latency.base + latency.service * mg1Shape(latency.variability, q, utilisation);
    case 'allen-cunneen':
      return (
        latency.base + latency.service * latency.variability * waitShape(latency.servers, q, utilisation)
      );
    case 'throttled':
      return latency.base + curveAt(latency.curve, utilisation);
    case 'empirical':
      return latency.floor * (1 + latency.k * Math.max(0, odds(utilisation) - odds(latency.at)));
  }
}

/** The response of M/M/c in service times. */
export function mmcShape(servers: number, q: number, utilisation: number): number {
  return responseQuantile(utilisation * servers, 1, servers, q);
}

/** The response of M/G/1 in service times. */
export function mg1Shape(variability: number, q: number, utilisation: number): number {
  return mg1ResponseQuantile(utilisation, { mean: 1, variability }, q);
}

/** The wait of M/M/c in service times. */
export function waitShape(servers: number, q: number, utilisation: number): number {
  return waitQuantile(utilisation * servers, 1, servers, q);
}

export function odds(utilisation: number): number {
  return utilisation / (1 - utilisation);
}

export function checkUtilisation(utilisation: number): void {
  if (!(utilisation >= 0 && utilisation < 1))
    throw new RangeError(`utilisation ${utilisation} is not 0 to 1`);
}
