import { normalQuantile } from '../quantile.ts';
import { normalTail } from './normal.ts';

/** Mann-Whitney needs this many times the values of a t-test, at worst for normal values: 1 / its efficiency, 3/pi. */
const MANN_WHITNEY = Math.PI / 3;

/**
 * Runs in each arm that a one-sided test at level `alpha` needs to find a relative change of `effect` with probability
 * `power`, where runs vary by the coefficient `cv`: 2 ((z_(1-alpha) + z_power) cv / effect)^2, a normal approximation
 * (J. Lachin, 1981); below ten or so add two. The unit is the run, not the request. Throws a RangeError for cv or
 * effect not above zero, alpha or power not between 0 and 1, or a power not above alpha.
 */
export function runsPerArm(
  design: { cv: number; effect: number; alpha: number; power: number },
  test: 't' | 'mann-whitney' = 't',
): number {
  const { cv, effect, alpha, power } = design;
  if (!(cv > 0 && effect > 0)) throw new RangeError('variation and effect must be above zero');
  if (!(power > alpha)) throw new RangeError(`a power of ${power} is not above the level ${alpha}`);
  const distances = normalQuantile(1 - alpha) + normalQuantile(power);
  const runs = 2 * ((distances * cv) / effect) ** 2 * (test === 't' ? 1 : MANN_WHITNEY);
  return Math.max(1, Math.ceil(runs));
}

/** The inverse: the smallest relative change that `runs` in each arm find. */
export function findableEffect(
  design: { cv: number; runs: number; alpha: number; power: number },
  test: 't' | 'mann-whitney' = 't',
): number {
  const { cv, runs, alpha, power } = design;
  if (!(cv > 0 && runs >= 1)) throw new RangeError('variation must be above zero and runs at least one');
  if (!(power > alpha)) throw new RangeError(`a power of ${power} is not above the level ${alpha}`);
  const distances = normalQuantile(1 - alpha) + normalQuantile(power);
  return distances * cv * Math.sqrt((2 / runs) * (test === 't' ? 1 : MANN_WHITNEY));
}

/**
 * How often a gate alarms although nothing changed: `tolerance` is the relative change at which it does, `cv` the
 * variation of runs. 'known' compares one run with a known mean in both directions, 2 (1 - Phi(g / cv)), as CodSpeed
 * counts; 'two-runs' compares one run with one other in the bad direction, whose difference varies sqrt(2) times as
 * much. Throws a RangeError for a cv not above zero or a negative tolerance.
 */
export function falseAlarmRate(tolerance: number, cv: number, kind: 'known' | 'two-runs'): number {
  if (!(cv > 0)) throw new RangeError(`a variation of ${cv} is not above zero`);
  if (!(tolerance >= 0)) throw new RangeError(`a tolerance of ${tolerance} is not zero or more`);
  return kind === 'known' ? 2 * normalTail(tolerance / cv) : normalTail(tolerance / (cv * Math.SQRT2));
}
