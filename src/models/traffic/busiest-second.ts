import { checkAmount, checkCount } from '../domain.ts';
import { gammaCdf } from '../gamma.ts';

/**
 * What the busiest of `seconds` seconds does not exceed with probability `q`, when requests arrive independently of each
 * other at `rate` per second (Poisson, the least that traffic scatters). A mean over a minute or an hour hides it.
 * Throws a RangeError for a negative rate, no seconds, or `q` not between 0 and 1.
 */
export function busiestSecond(rate: number, q: number, seconds: number): number {
  checkAmount('rate', rate);
  checkCount('seconds', seconds, 1);
  if (!(q > 0 && q < 1)) throw new RangeError(`a probability of ${q} is not between 0 and 1`);
  if (rate === 0) return 0;
  // P(all of n below) = P(one below)^n; the tail 1 - q^(1/n) without losing its digits.
  const tail = -Math.expm1(Math.log(q) / seconds);
  let [low, high] = [-1, Math.ceil(rate + 10 * Math.sqrt(rate) + 50)];
  // P(N > k) for a Poisson count N of mean `rate` is that of a gamma time of shape k + 1 to be below `rate`.
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (gammaCdf(middle + 1, rate) <= tail) high = middle;
    else low = middle;
  }
  return high;
}
