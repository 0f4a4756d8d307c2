/**
 * M/G/1 with processor sharing: all requests in the system are served at once, each at an equal share of the one server,
 * as by an operating system that gives each of many threads its turn.
 *
 * L. Kleinrock, Queueing Systems II, 1976, 4.4.
 */
import { checkService, steadyUtilisation } from './domain.ts';

/** Mean time from arrival to departure of a request of `service`: the same whatever the other service times vary by. */
export function sharedResponse(lambda: number, service: number): number {
  return service / (1 - steadyUtilisation(lambda, service));
}

/** The rate at which the mean response is `response`: the inverse of `sharedResponse`. */
export function rateForSharedResponse(service: number, response: number): number {
  checkService(service);
  if (!(response >= service) || !Number.isFinite(response))
    throw new RangeError(`response ${response} is below the service time ${service}`);
  return (1 - service / response) / service;
}
