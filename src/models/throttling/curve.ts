import { selectedQuantile } from '../quantile.ts';
import type { ServiceTime } from '../service-time.ts';
import { drawRequests, oneThreadResponses } from './one-thread.ts';
import type { Quota } from './quota.ts';
import { simulateThrottled, WARM_UP } from './simulation.ts';

/** A quantile of the response, seconds, at utilisations of the quota, in ascending order of both. */
export type Curve = readonly (readonly [utilisation: number, seconds: number])[];

const UTILISATIONS = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
const REQUESTS = 30_000;

/**
 * The `q` quantile of the response of a throttled replica against the utilisation of its quota, or of its threads where
 * those can use less. Simulated with the same requests at every utilisation, and made to rise where chance lets it fall.
 */
export function throttledCurve(
  limit: Quota & { readonly threads: number },
  service: ServiceTime,
  q: number,
  seed: number,
): Curve {
  const cores = Math.min(limit.threads, limit.quota / limit.period);
  const requests = limit.threads === 1 ? drawRequests(service, seed, REQUESTS) : undefined;
  const responsesAt = (lambda: number) =>
    requests === undefined
      ? simulateThrottled({ ...limit, lambda, service }, { seed, requests: REQUESTS }).responses
      : oneThreadResponses(limit, requests, lambda).subarray(Math.floor(REQUESTS * WARM_UP));
  let highest = 0;
  return UTILISATIONS.map((utilisation) => {
    const responses = responsesAt((utilisation * cores) / service.mean);
    highest = Math.max(highest, selectedQuantile(responses, q));
    return [utilisation, highest];
  });
}

/**
 * The curve at a utilisation of 0 to below 1, between its points in proportion to the odds u / (1 - u), as waits grow;
 * above the last it goes on as between the last two.
 */
export function curveAt(curve: Curve, utilisation: number): number {
  const odds = (u: number) => u / (1 - u);
  const after = curve.findIndex(([u]) => u >= utilisation);
  const right = after < 0 ? curve.length - 1 : Math.max(1, after);
  const [fromAt, from] = curve[right - 1] as readonly [number, number];
  const [toAt, to] = curve[right] as readonly [number, number];
  const share = (odds(utilisation) - odds(fromAt)) / (odds(toAt) - odds(fromAt));
  return Math.max(curve[0]?.[1] ?? 0, from + share * (to - from));
}
