/**
 * M/M/c in its steady state: Poisson arrivals, `lambda` per unit of time, exponential service of mean `service` units,
 * `servers` a whole number. Every function throws a RangeError outside its domain; a queue with `lambda * service >=
 * servers` has no steady state.
 *
 * Formulas: D. Gross, J. Shortle, J. Thompson, C. Harris, Fundamentals of Queueing Theory, 4th ed., chapters 2 and 6.
 */
import { checkQuantile, checkRate, checkService } from './domain.ts';
import { erlangC, lossAbove } from './erlang.ts';

/** Mean time that an arrival waits in M/M/c. */
export function meanWait(lambda: number, service: number, servers: number): number {
  const { waits, spare } = steadyState(lambda, service, servers);
  return waits / spare;
}

/** Mean time from arrival to departure in M/M/c. */
export function meanResponse(lambda: number, service: number, servers: number): number {
  return meanWait(lambda, service, servers) + service;
}

/** The `q` quantile of the wait in M/M/c: the wait is zero with probability 1 - C and exponential otherwise. */
export function waitQuantile(lambda: number, service: number, servers: number, q: number): number {
  checkQuantile(q);
  const { waits, spare } = steadyState(lambda, service, servers);
  return waits <= 1 - q ? 0 : Math.log(waits / (1 - q)) / spare;
}

/** P(T > t) in M/M/c, T from arrival to departure. */
export function responseTail(lambda: number, service: number, servers: number, t: number): number {
  if (!(t >= 0)) throw new RangeError(`time ${t} is not zero or more`);
  const { waits, spare } = steadyState(lambda, service, servers);
  const mu = 1 / service;
  const gap = spare - mu;
  // Close to spare = mu the general expression subtracts nearly equal numbers; this is the same, written without it.
  if (Math.abs(gap * t) < 1) {
    const delayed = gap === 0 ? t : -Math.expm1(-gap * t) / gap;
    return Math.exp(-mu * t) * (1 + waits * mu * delayed);
  }
  return (
    (1 - waits) * Math.exp(-mu * t) + (waits * (spare * Math.exp(-mu * t) - mu * Math.exp(-spare * t))) / gap
  );
}

/** The `q` quantile of the time from arrival to departure in M/M/c: the inverse of `responseTail`, by bisection. */
export function responseQuantile(lambda: number, service: number, servers: number, q: number): number {
  checkQuantile(q);
  let low = 0;
  let high = service;
  while (responseTail(lambda, service, servers, high) > 1 - q) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2;
    if (responseTail(lambda, service, servers, middle) > 1 - q) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The `q` quantile of the response that no count of servers brings down: that of the exponential service itself.
 */
export function responseFloor(service: number, q: number): number {
  checkService(service);
  checkQuantile(q);
  return -service * Math.log(1 - q);
}

/**
 * The smallest count of servers whose `q` quantile of the response is at most `target`. Throws a RangeError when the
 * target is not above `responseFloor`: then no count is enough.
 */
export function serversForResponse(lambda: number, service: number, q: number, target: number): number {
  if (!(target > responseFloor(service, q))) {
    throw new RangeError(`a ${q} quantile of ${target} is not above its floor, ${responseFloor(service, q)}`);
  }
  return smallest(lambda, service, (c) => responseTail(lambda, service, c, target) <= 1 - q);
}

/** The smallest count of servers whose `q` quantile of the wait is at most `target`, zero or more. */
export function serversForWait(lambda: number, service: number, q: number, target: number): number {
  if (!(target >= 0)) throw new RangeError(`wait ${target} is not zero or more`);
  checkQuantile(q);
  checkService(service);
  checkRate(lambda);
  const load = lambda * service;
  // Erlang B follows from that of one server fewer: one pass tells the wait of every count.
  let { servers, blocked } = lossAbove(load);
  const wait = () => {
    const waits = blocked / (1 - (load / servers) * (1 - blocked));
    return waits <= 1 - q ? 0 : (Math.log(waits / (1 - q)) * service) / (servers - load);
  };
  while (wait() > target) {
    servers++;
    blocked = (load * blocked) / (servers + load * blocked);
  }
  return servers;
}

/** Waits fall with every server, so the first count that holds is found by doubling and halving. */
function smallest(lambda: number, service: number, holds: (servers: number) => boolean): number {
  checkService(service);
  checkRate(lambda);
  const stable = Math.floor(lambda * service) + 1;
  let step = 1;
  while (!holds(stable + step - 1)) step *= 2;
  let low = stable;
  let high = stable + step - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Probability of waiting, and the rate at which the servers outpace the arrivals, c mu - lambda. */
function steadyState(lambda: number, service: number, servers: number): { waits: number; spare: number } {
  checkRate(lambda);
  checkService(service);
  return { waits: erlangC(servers, lambda * service), spare: servers / service - lambda };
}
