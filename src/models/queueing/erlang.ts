/**
 * Erlang's formulas of loss and of delay.
 *
 * D. Gross, J. Shortle, J. Thompson, C. Harris, Fundamentals of Queueing Theory, 4th ed., chapter 2.
 */
import { checkServers } from './domain.ts';

/** Erlang B: the share of arrivals lost by `servers` servers without a queue at `load` erlangs. */
export function erlangB(servers: number, load: number): number {
  checkServers(servers);
  if (!(load >= 0) || !Number.isFinite(load))
    throw new RangeError(`offered load ${load} is not zero or more`);
  if (servers > MANY && load > 0) return 1 / inverse(servers, load);
  let blocked = 1;
  for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked);
  return blocked;
}

/** From here on the inverse is the faster way. */
const MANY = 200;

/**
 * 1 / B = the sum over k of c (c - 1) ... (c - k + 1) / a^k: about the square root of the load of its terms matter, where
 * the recursion takes one step for every server.
 */
function inverse(servers: number, load: number): number {
  let [sum, term] = [1, 1];
  for (let k = 0; k < servers && term > 1e-17 * sum && sum < Number.MAX_VALUE; k++) {
    term *= (servers - k) / load;
    sum += term;
  }
  return sum;
}

/** Erlang C: the probability that an arrival must wait. */
export function erlangC(servers: number, load: number): number {
  const blocked = erlangB(servers, load);
  const utilisation = load / servers;
  if (utilisation >= 1) throw new RangeError(`${load} erlangs on ${servers} servers have no steady state`);
  return blocked / (1 - utilisation * (1 - blocked));
}

/** The smallest count of servers at which an arrival waits with a probability of at most `share`, 0 to 1. */
export function serversForDelay(load: number, share: number): number {
  if (!(share > 0 && share <= 1)) throw new RangeError(`share ${share} is not above 0 and at most 1`);
  let { servers, blocked } = lossAbove(load);
  const delayed = () => blocked / (1 - (load / servers) * (1 - blocked));
  while (delayed() > share) {
    servers++;
    blocked = (load * blocked) / (servers + load * blocked);
  }
  return servers;
}

/** Erlangs up to which the recurrence is followed from its start. */
const SHORT = 256;
/** Standard deviations of the offered load below it from where on the recurrence has forgotten its start. */
const FORGETS = 9;

/**
 * Erlang B at the smallest count of servers above `load`, in a time that grows with the square root of the load. The
 * recurrence `1/B(k) = 1 + (k/a) / B(k-1)` shrinks an error in its start by `k/a` at every step below `a`: begun nine
 * standard deviations lower with the share that a fluid would lose, it is right to the last digits.
 */
export function lossAbove(load: number): { servers: number; blocked: number } {
  if (!(load >= 0) || !Number.isFinite(load))
    throw new RangeError(`offered load ${load} is not zero or more`);
  const servers = Math.floor(load) + 1;
  const start = load <= SHORT ? 0 : Math.floor(load - FORGETS * Math.sqrt(load));
  let blocked = 1 - start / (load || 1);
  for (let k = start + 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked);
  return { servers, blocked };
}
