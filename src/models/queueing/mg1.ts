/**
 * M/G/1: Poisson arrivals, `lambda` per unit of time, to one server that takes them in their order. Service times have a
 * mean and a squared coefficient of variation, `variability`: 0 when all are equal, 1 when exponential.
 *
 * Formulas: L. Kleinrock, Queueing Systems I, 1975, chapter 5 (Pollaczek and Khinchine).
 */
import { checkServiceTime, type ServiceTime } from '../service-time.ts';
import { checkQuantile, steadyUtilisation } from './domain.ts';
import { add, divide, gammaTransform, multiply, scale, tailOf } from './transform.ts';

/** Mean time that an arrival waits. */
export function mg1Wait(lambda: number, { mean, variability }: ServiceTime): number {
  checkServiceTime({ mean, variability });
  const utilisation = steadyUtilisation(lambda, mean);
  return (utilisation * mean * (1 + variability)) / (2 * (1 - utilisation));
}

/** The rate at which an arrival waits `wait` on average: the inverse of `mg1Wait` by rate. */
export function rateForMg1Wait({ mean, variability }: ServiceTime, wait: number): number {
  checkServiceTime({ mean, variability });
  if (!(wait >= 0) || !Number.isFinite(wait)) throw new RangeError(`wait ${wait} is not zero or more`);
  const odds = (2 * wait) / (mean * (1 + variability));
  return odds / (1 + odds) / mean;
}

/**
 * The variability of service at which an arrival waits `wait` on average: the inverse of `mg1Wait`. Throws a RangeError
 * for less than constant service times would make it wait.
 */
export function variabilityForMg1Wait(lambda: number, mean: number, wait: number): number {
  const least = mg1Wait(lambda, { mean, variability: 0 });
  if (!(least > 0 && wait >= least * (1 - 1e-12)) || !Number.isFinite(wait))
    throw new RangeError(`a mean wait of ${wait} is below that of constant service, ${least}`);
  return Math.max(0, wait / least - 1);
}

/**
 * P(T > t), T from arrival to departure, with gamma service times. `own` is the service time of the requests asked
 * about, where they are only some of all: they wait like the others.
 */
export function mg1ResponseTail(
  lambda: number,
  service: ServiceTime,
  t: number,
  own: ServiceTime = service,
): number {
  checkServiceTime(service);
  checkServiceTime(own);
  const utilisation = steadyUtilisation(lambda, service.mean);
  if (!(t >= 0)) throw new RangeError(`time ${t} is not zero or more`);
  // A constant service only comes after the wait; left in the transform it would be a step, which that blurs.
  const shift = own.variability === 0 ? own.mean : 0;
  if (t <= shift) return t < shift || shift === 0 ? 1 : utilisation;
  const busy = gammaTransform(service.mean, service.variability);
  const served = gammaTransform(own.mean - shift, own.variability);
  return tailOf((s) => {
    // The wait: (1 - rho) s / (s - lambda + lambda B(s)).
    const below = add({ re: s.re - lambda, im: s.im }, scale(busy(s), lambda));
    return multiply(divide(scale(s, 1 - utilisation), below), served(s));
  }, t - shift);
}

/**
 * The `q` quantile of the time from arrival to departure: the inverse of `mg1ResponseTail`, by the method Illinois of M.
 * Dowell and P. Jarratt (1971) on the logarithm of the tail, which is nearly straight.
 */
export function mg1ResponseQuantile(
  lambda: number,
  service: ServiceTime,
  q: number,
  own: ServiceTime = service,
): number {
  checkQuantile(q);
  const excess = (t: number) =>
    Math.log(Math.max(mg1ResponseTail(lambda, service, t, own), LEAST)) - Math.log(1 - q);
  let [low, high] = [0, own.mean];
  let [above, below] = [-Math.log(1 - q), excess(high)];
  while (below > 0) {
    [low, above] = [high, below];
    high *= 2;
    below = excess(high);
  }
  // The tail itself is known to about 1e-8.
  for (let i = 0, side = 0; i < 100 && high - low > 1e-8 * high; i++) {
    const between = (low * below - high * above) / (below - above);
    // Next to a step the straight line creeps.
    const t = i % 4 === 3 ? (low + high) / 2 : between;
    const value = excess(t);
    if (value === 0) return t;
    if (value > 0) {
      [low, above] = [t, value];
      if (side === 1) below /= 2;
      side = 1;
    } else {
      [high, below] = [t, value];
      if (side === -1) above /= 2;
      side = -1;
    }
  }
  return (low + high) / 2;
}

/** Below this a tail is lost in the error of its inversion. */
const LEAST = 1e-9;
