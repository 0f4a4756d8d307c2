/**
 * Laws that hold for every system that is observed long enough, whatever the distributions.
 *
 * P. Denning and J. Buzen, The operational analysis of queueing network models, ACM Computing Surveys 10 (1978).
 */

/** The utilisation law: U = X D, in servers in use. */
export function serversInUse(throughput: number, demand: number): number {
  checkNotNegative(throughput, 'throughput');
  checkNotNegative(demand, 'demand');
  return throughput * demand;
}

/** The throughput at which `busy` servers are in use: the inverse of `serversInUse`. */
export function throughputForServers(busy: number, demand: number): number {
  checkNotNegative(busy, 'utilisation');
  if (!(demand > 0)) throw new RangeError(`demand ${demand} is not above 0`);
  return busy / demand;
}

/** J. Little's law (1961): N = X R, the mean count of requests in a system. */
export function requestsInSystem(throughput: number, response: number): number {
  checkNotNegative(throughput, 'throughput');
  checkNotNegative(response, 'response');
  return throughput * response;
}

/** The mean response that goes with a mean count of requests: the inverse of `requestsInSystem`. */
export function responseForRequests(requests: number, throughput: number): number {
  checkNotNegative(requests, 'requests');
  if (!(throughput > 0)) throw new RangeError(`throughput ${throughput} is not above 0`);
  return requests / throughput;
}

/** The throughput that no count of users exceeds: that of the slowest station, 1 / Dmax. */
export function highestThroughput(demands: readonly number[]): number {
  checkDemands(demands, 0);
  return 1 / Math.max(...demands);
}

/** N* = (sum of D + Z) / Dmax: the count of users from which on some of them must wait. */
export function saturationUsers(demands: readonly number[], think: number): number {
  checkDemands(demands, think);
  return (demands.reduce((sum, demand) => sum + demand, 0) + think) / Math.max(...demands);
}

/** Throws a RangeError unless each station's demand and the time to think are zero or more, and some demand above. */
export function checkDemands(demands: readonly number[], think: number): void {
  for (const demand of demands) checkNotNegative(demand, 'demand');
  checkNotNegative(think, 'time to think');
  if (!(Math.max(...demands) > 0)) throw new RangeError('no station has a demand above 0');
}

function checkNotNegative(value: number, what: string): void {
  if (!(value >= 0) || !Number.isFinite(value)) throw new RangeError(`${what} ${value} is not zero or more`);
}
