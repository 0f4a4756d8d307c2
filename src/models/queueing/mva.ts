/**
 * A closed network of queues with one server each, by exact mean value analysis.
 *
 * M. Reiser and S. Lavenberg, Mean-value analysis of closed multichain queuing networks, Journal of the ACM 27 (1980).
 */
import { checkDemands } from './utilisation-laws.ts';

export type ClosedNetwork = {
  /** Requests per unit of time. */
  readonly throughput: number;
  /** Time from a request to its answer, without the time to think. */
  readonly response: number;
  /** Mean requests at each station. */
  readonly queues: readonly number[];
};

/**
 * `users` who each send a request, wait for its answer and think for `think` on average. `demands` is the time that a
 * request needs at each station in all. Throws a RangeError for no station, a negative time or no whole count of users.
 */
export function meanValueAnalysis(demands: readonly number[], think: number, users: number): ClosedNetwork {
  checkDemands(demands, think);
  if (!Number.isSafeInteger(users) || users < 1)
    throw new RangeError(`${users} users is not a whole number of 1 or more`);
  let queues = demands.map(() => 0);
  let [throughput, response] = [0, 0];
  for (let n = 1; n <= users; n++) {
    // An arrival finds what n - 1 users leave there: the arrival theorem.
    const times = demands.map((demand, i) => demand * (1 + (queues[i] as number)));
    response = times.reduce((sum, time) => sum + time, 0);
    throughput = n / (think + response);
    queues = times.map((time) => throughput * time);
  }
  return { throughput, response, queues };
}
