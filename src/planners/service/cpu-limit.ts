import { sortedQuantile } from '../../models/quantile.ts';
import type { ServiceTime } from '../../models/service-time.ts';
import { quotaOf } from '../../models/throttling/quota.ts';
import { simulateThrottled } from '../../models/throttling/simulation.ts';
import { LIMIT_TO_REQUEST } from '../declared.ts';
import type { Finding } from '../findings.ts';
import type { ThrottlingPlan } from './plan.ts';

export type LimitQuestion = {
  /** Cores. */
  request: number;
  /** That can use a core each. */
  threads: number;
  /** What a replica carries at the peak, requests per second; CPU seconds of each, undefined when not measured. */
  rate: number;
  service: () => ServiceTime | undefined;
  /** The quantile that latency is judged by, and what it may be; undefined without a target. */
  quantile: number;
  target: number | undefined;
  seed: number;
};

const REQUESTS = 20_000;
/** What a limit may add: a share of the target, or without one of what it adds to. */
const WORTH = 0.1;

/**
 * The CPU limit of a replica and what it costs. Twice the request, so that a start or a pause is over sooner; but no more than
 * its one thread can use. Where being stopped when the quota is used up adds more to the latency than keeping others from
 * harm is worth, that of a single thread is the whole core that it cannot exceed, and several have none: the request
 * alone is what the kernel then guarantees. The simulation tells more throttling than there was, so its cost is the
 * most that is to be expected.
 */
export function planCpuLimit(question: LimitQuestion): {
  limit: number | null;
  throttling: ThrottlingPlan | null;
  findings: Finding[];
} {
  const { request, threads, target } = question;
  const limit = usualLimit(request, threads);
  const throttling = limit < threads ? throttlingAt(limit, question) : null;
  if (throttling === null) return { limit, throttling, findings: [] };
  const added = throttling.limited - throttling.unlimited;
  if (added <= WORTH * (target ?? throttling.unlimited)) return { limit, throttling, findings: [] };
  const instead = threads === 1 ? 1 : null;
  const args = { ...throttling, instead };
  return { limit: instead, throttling, findings: [{ code: 'CPU_LIMIT_COSTS', severity: 'warning', args }] };
}

export function usualLimit(request: number, threads: number): number {
  const twice = request * LIMIT_TO_REQUEST;
  return threads === 1 ? Math.max(request, Math.min(twice, 1)) : twice;
}

/** Null where nothing was measured, or the load alone is more than the limit allows. */
function throttlingAt(
  limit: number,
  { threads, rate, service, quantile, seed }: LimitQuestion,
): ThrottlingPlan | null {
  const own = service();
  if (own === undefined || !(rate > 0) || rate * own.mean >= limit) return null;
  const run = (cores: number) =>
    simulateThrottled(
      { ...quotaOf(cores), threads, lambda: rate, service: own },
      { seed, requests: REQUESTS },
    );
  const [limited, unlimited] = [run(limit), run(threads)];
  return {
    limit,
    quantile,
    limited: sortedQuantile(limited.responses, quantile),
    unlimited: sortedQuantile(unlimited.responses, quantile),
    stoppedShare: limited.throttledShare,
  };
}
