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
  const periods = Math.ceil(left / whole) - 1;
  return period - phase + periods * period + (left - periods * whole);
}

/** The mean of `unloadedResponse` over all phases: a quota that is no limit adds nothing. */
export function meanUnloadedResponse({ quota, period }: Quota, demand: number): number {
  checkQuota({ quota, period });
  if (!(demand >= 0)) throw new RangeError(`demand ${demand} is not zero or more`);
  if (quota >= period || demand <= quota) return demand;
  // Up to phase period - quota the first period gives the whole quota, and every further one stops it as long.
  const early = period - quota;
  const carried = demand - quota;
  const stops = Math.ceil(carried / quota);
  const mean = (from: number, to: number) => (from + to) / 2;
  const whole = period - mean(0, early) + (stops - 1) * period + carried - (stops - 1) * quota;
  // Later, the first gives period - phase, from the quota down to nothing: the count of stops falls steps below.
  const rest = lateResponse({ quota, period }, demand);
  return (early * whole + quota * rest) / period;
}

/** The mean over phases at which the period ends before its quota does: `first` falls evenly from the quota to 0. */
function lateResponse({ quota, period }: Quota, demand: number): number {
  // Work left after the first period is demand - first, from demand - quota to demand: one or two counts of periods.
  const idle = period - quota;
  const count = Math.ceil(demand / quota) - 1;
  // demand - first > count * quota needs one stop more than otherwise.
  const longer = Math.min(quota, Math.max(0, demand - count * quota));
  return demand + idle * (count - 1 + longer / quota);
}
