import { mg1Wait } from '../queueing/mg1.ts';
import { latticeOf } from '../service-time.ts';
import { checkThrottled, type Throttled } from './simulation.ts';

export type ThrottledMoments = {
  /** Of all periods, those in which the quota is used up before the work is. */
  readonly throttledShare: number;
  /** Mean time from arrival to departure. */
  readonly response: number;
  /** P(a request is stopped at least once). */
  readonly delayedShare: number;
};

/** Steps of the lattice in a service time. */
const STEPS = 8;
/** At most in a quota: equal demands fill it at sharp counts, which a coarse lattice blurs; others do not. */
const MOST_STEPS = 30;
const MOST_STEPS_STEADY = 300;
const STEADY = 0.1;
const PHASES = 20;
const MOST_ROUNDS = 5000;
/** Probability that is not worth following. */
const NOTHING = 1e-6;

/**
 * A replica of one thread under a quota, period by period: the work V left when a period begins follows V' = max(0, V +
 * A - quota), A being what arrives in a period (a queue served in bulk: N. Bailey, On queueing processes with bulk
 * service, 1954; compound Poisson sums by H. Panjer's recursion, 1981). A request finds in its period the V left over and
 * what came before it, and leaves when with its own demand all of that was served. Taken to be served as soon as the
 * quota allows, which neglects that one thread needs time: right for limits up to about half a core per thread.
 */
export function throttledMoments(replica: Throttled): ThrottledMoments {
  checkThrottled(replica);
  const { quota, period, threads, lambda, service } = replica;
  if (threads !== 1) throw new RangeError('only one thread serves in the order that this takes');
  const most = service.variability < STEADY ? MOST_STEPS_STEADY : MOST_STEPS;
  const perPeriod = Math.min(most, Math.ceil((quota * STEPS) / Math.min(service.mean, quota)));
  const step = quota / perPeriod;
  const demand = latticeOf(service, step, NOTHING);
  const left = stationary(compoundPoisson(demand, lambda * period), perPeriod);
  const all = convolve(left, compoundPoisson(demand, lambda * period));
  const unstopped = service.mean + mg1Wait(lambda, service);
  let [response, delayed] = [0, 0];
  for (let i = 0; i < PHASES; i++) {
    const phase = ((i + 0.5) / PHASES) * period;
    const before = convolve(left, compoundPoisson(demand, lambda * phase));
    convolve(before, demand).forEach((probability, k) => {
      const stops = Math.ceil(k / perPeriod) - 1;
      if (stops < 1) response += (probability * Math.max(unstopped, k * step - phase)) / PHASES;
      else {
        response += (probability * (stops * period + (k - stops * perPeriod) * step - phase)) / PHASES;
        delayed += probability / PHASES;
      }
    });
  }
  const throttledShare = all.reduce((sum, share, k) => (k > perPeriod ? sum + share : sum), 0);
  return { throttledShare, response, delayedShare: delayed };
}

/** The distribution of a Poisson count, of mean `count`, of independent draws. */
function compoundPoisson(draw: readonly number[], count: number): number[] {
  const sums = [Math.exp(-count * (1 - (draw[0] ?? 0)))];
  const mean = count * draw.reduce((sum, share, k) => sum + k * share, 0);
  const deviation = Math.sqrt(count * draw.reduce((sum, share, k) => sum + k * k * share, 0));
  // What the draws were cut off at is missing from the total, which then never reaches 1.
  const last = mean + 8 * deviation + 2 * draw.length;
  let total = sums[0] as number;
  for (let k = 1; total < 1 - NOTHING && k <= last; k++) {
    let sum = 0;
    for (let j = 1; j <= Math.min(k, draw.length - 1); j++)
      sum += j * (draw[j] as number) * (sums[k - j] as number);
    sums.push((count * sum) / k);
    total += sums[k] as number;
  }
  return sums;
}

/** What is left at the beginning of a period, in steps, from the distribution of what arrives in one. */
function stationary(arriving: readonly number[], served: number): number[] {
  let left = [1];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const all = convolve(left, arriving);
    const cut = all.slice(served);
    cut[0] = all.slice(0, served + 1).reduce((sum, share) => sum + share, 0);
    for (let rest = 0; cut.length > 1 && rest < NOTHING / 10; ) rest += cut.pop() as number;
    // What is cut off would else be missing from all rounds to come.
    const total = cut.reduce((sum, share) => sum + share, 0);
    const next = cut.map((share) => share / total);
    const change = next.reduce((sum, share, k) => sum + Math.abs(share - (left[k] ?? 0)), 0);
    left = next;
    if (change < NOTHING) break;
  }
  return left;
}

function convolve(a: readonly number[], b: readonly number[]): number[] {
  const sums = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((left, i) => {
    b.forEach((right, j) => {
      sums[i + j] = (sums[i + j] as number) + left * right;
    });
  });
  return sums;
}
