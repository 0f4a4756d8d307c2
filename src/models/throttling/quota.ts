/**
 * A replica under a CPU limit is not a slower server but one that stops: Linux gives its threads together `quota`
 * seconds of CPU in every `period`, at full speed, and none once they are used up until the next period begins (P.
 * Turner, B. Rao, N. Rao, CPU bandwidth control for CFS, Linux Symposium 2010). What is not used is lost.
 */
export type Quota = {
  /** CPU seconds per period. */
  readonly quota: number;
  /** Seconds. */
  readonly period: number;
};

/** That of Kubernetes and of the kernel, unless told otherwise. */
export const PERIOD = 0.1;

/** The quota of a limit in cores. */
export function quotaOf(cores: number, period = PERIOD): Quota {
  const quota = { quota: cores * period, period };
  checkQuota(quota);
  return quota;
}

export function checkQuota({ quota, period }: Quota): void {
  if (!(quota > 0 && Number.isFinite(quota) && period > 0 && Number.isFinite(period)))
    throw new RangeError(`${quota} of ${period} s is not a quota`);
}

/**
 * Time that a request of `demand` CPU seconds takes on one thread of an otherwise idle replica, when it comes `phase`
 * seconds after a period began. It is stopped whenever a period's quota is used up.
 */
export function unloadedResponse({ quota, period }: Quota, demand: number, phase: number): number {
  checkQuota({ quota, period });
  if (!(demand >= 0)) throw new RangeError(`demand ${demand} is not zero or more`);
  if (!(phase >= 0 && phase < period))
    throw new RangeError(`phase ${phase} is not within a period of ${period}`);
  const first = Math.min(quota, period - phase);
  if (demand <= first) return demand;
  const left = demand - first;
  const whole = Math.min(quota, period);
  const periods = wholeUp(left / whole) - 1;
  return period - phase + periods * period + (left - periods * whole);
}

/** The mean of `unloadedResponse` over all phases: a quota that is no limit adds nothing. */
export function meanUnloadedResponse({ quota, period }: Quota, demand: number): number {
  checkQuota({ quota, period });
  if (!(demand >= 0)) throw new RangeError(`demand ${demand} is not zero or more`);
  if (quota >= period || demand <= quota) return demand;
  // Up to phase `idle` the first period gives its whole quota: it ends period - phase after the request came, half of
  // `idle` less than a period on average, and every further one begins a period after the last.
  const idle = period - quota;
  const carried = demand - quota;
  const stops = wholeUp(carried / quota);
  const early = period - idle / 2 + (stops - 1) * period + carried - (stops - 1) * quota;
  // Later, the period ends before its quota does. The work left for the next is evenly demand - quota to demand, and is
  // stopped for `idle` once for every quota in it: `count` times where it is more than that many quotas, else once less.
  const count = wholeUp(demand / quota) - 1;
  const late = demand + idle * (count - 1 + (demand - count * quota) / quota);
  return (idle * early + quota * late) / period;
}

/** Rounded up, but not for what is nothing but rounding. */
function wholeUp(value: number): number {
  return Math.ceil(value - 1e-9);
}
