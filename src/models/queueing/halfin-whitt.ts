/**
 * Square-root staffing: c = a + beta sqrt(a) servers for a load of a erlangs.
 *
 * S. Halfin and W. Whitt, Heavy-traffic limits for queues with many exponential servers, Operations Research 29 (1981).
 * A limit for many servers: rounded up it can be one server short of what Erlang C asks for, so `serversForDelay` decides
 * and this explains.
 */

/** The probability of waiting for a margin of `beta` > 0: 1 / (1 + beta Phi(beta) / phi(beta)). */
export function delayForMargin(beta: number): number {
  if (!(beta > 0)) throw new RangeError(`margin ${beta} is not above 0`);
  return 1 / (1 + beta * normalRatio(beta));
}

/** The margin at which an arrival waits with probability `share`: the inverse of `delayForMargin`, by bisection. */
export function marginForDelay(share: number): number {
  if (!(share > 0 && share < 1)) throw new RangeError(`share ${share} is not between 0 and 1`);
  let low = 0;
  let high = 1;
  while (delayForMargin(high) > share) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2;
    if (delayForMargin(middle) > share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Servers by the rule, rounded up, so that an arrival waits with a probability of about `share`. */
export function squareRootServers(load: number, share: number): number {
  if (!(load >= 0) || !Number.isFinite(load))
    throw new RangeError(`offered load ${load} is not zero or more`);
  return Math.ceil(load + marginForDelay(share) * Math.sqrt(load));
}

/** Phi(x) / phi(x) for x > 0: Phi by the series of Abramowitz and Stegun 26.2.11, all of whose terms are positive. */
function normalRatio(x: number): number {
  let term = x;
  let sum = 0;
  for (let k = 1; term > 1e-17 * sum; k++) {
    sum += term;
    term *= (x * x) / (2 * k + 1);
  }
  return Math.sqrt(Math.PI / 2) * Math.exp((x * x) / 2) + sum;
}
