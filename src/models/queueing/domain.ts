/** What every queue here is asked about; each throws a RangeError outside. Times are in any one unit. */

export function checkServers(servers: number): void {
  if (!Number.isSafeInteger(servers) || servers < 1) {
    throw new RangeError(`${servers} servers is not a whole number of 1 or more`);
  }
}

export function checkService(service: number): void {
  if (!(service > 0) || !Number.isFinite(service))
    throw new RangeError(`service time ${service} is not above 0`);
}

export function checkRate(lambda: number): void {
  if (!(lambda >= 0) || !Number.isFinite(lambda)) throw new RangeError(`rate ${lambda} is not zero or more`);
}

export function checkQuantile(q: number): void {
  if (!(q > 0 && q < 1)) throw new RangeError(`quantile ${q} is not between 0 and 1`);
}

/** The squared coefficient of variation: variance over the square of the mean. */
export function checkVariability(squared: number, what: string): void {
  if (!(squared >= 0) || !Number.isFinite(squared))
    throw new RangeError(`variability ${squared} of the ${what} is not zero or more`);
}

/** The utilisation of a queue that has a steady state. */
export function steadyUtilisation(lambda: number, service: number, servers = 1): number {
  checkRate(lambda);
  checkService(service);
  checkServers(servers);
  const utilisation = (lambda * service) / servers;
  if (utilisation >= 1)
    throw new RangeError(`${lambda * service} erlangs on ${servers} servers have no steady state`);
  return utilisation;
}
