import type { Observation } from './observation.ts';

/** A function of utilisation that a model multiplies or adds to. */
export type Shape = (utilisation: number) => number;

/**
 * `[base, slope]` of the line `base + slope shape(u)` through the observations, neither below 0, with the least squares
 * of the relative error, each observation weighted by its requests. Without `base` it goes through the origin.
 */
export function line(
  observations: readonly Observation[],
  shape: Shape,
  { base }: { base: boolean },
): [base: number, slope: number] {
  let [ww, wx, xx, wy, xy] = [0, 0, 0, 0, 0];
  for (const { utilisation, seconds, count } of observations) {
    const [one, x] = [1 / seconds, shape(utilisation) / seconds];
    ww += count * one * one;
    wx += count * one * x;
    xx += count * x * x;
    wy += count * one;
    xy += count * x;
  }
  const through: [number, number] = [0, xx === 0 ? 0 : xy / xx];
  if (!base) return through;
  const determinant = ww * xx - wx * wx;
  // A shape that is the same everywhere cannot be told from the base.
  if (determinant <= 1e-12 * ww * xx) return [wy / ww, 0];
  const both: [number, number] = [(wy * xx - wx * xy) / determinant, (ww * xy - wx * wy) / determinant];
  if (both[1] < 0) return [wy / ww, 0];
  return both[0] < 0 ? through : both;
}

/** The base that with `shape(u)` added has the least squares of the relative error, `least` or more. */
export function level(observations: readonly Observation[], shape: Shape, least: number): number {
  let [ww, wy] = [0, 0];
  for (const { utilisation, seconds, count } of observations) {
    const one = 1 / seconds;
    ww += count * one * one;
    wy += count * one * (1 - shape(utilisation) / seconds);
  }
  return Math.max(least, wy / ww);
}

/** The mean square of the relative error, by requests. */
export function lossOf(observations: readonly Observation[], predict: Shape): number {
  let [sum, total] = [0, 0];
  for (const { utilisation, seconds, count } of observations) {
    sum += count * (predict(utilisation) / seconds - 1) ** 2;
    total += count;
  }
  return sum / total;
}

/** Of several, the one with the least loss; of equals the first. */
export function leastOf<T>(options: readonly T[], loss: (option: T) => number): T {
  let [least, chosen] = [Number.POSITIVE_INFINITY, options[0] as T];
  for (const option of options) {
    const own = loss(option);
    if (own < least) [least, chosen] = [own, option];
  }
  return chosen;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** The last is a fiftieth of the distance between neighbours wide, which no latency tells. */
const NARROWED = 8;

/** The place of the least loss near the best of ascending `places`: by the golden section between its neighbours. */
export function leastNear(places: readonly number[], loss: (place: number) => number): number {
  const losses = places.map(loss);
  const at = losses.indexOf(Math.min(...losses));
  let low = places[Math.max(0, at - 1)] as number;
  let high = places[Math.min(places.length - 1, at + 1)] as number;
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [leftLoss, rightLoss] = [loss(left), loss(right)];
  for (let i = 0; i < NARROWED; i++) {
    if (leftLoss < rightLoss) {
      [high, right, rightLoss] = [right, left, leftLoss];
      left = high - GOLDEN * (high - low);
      leftLoss = loss(left);
    } else {
      [low, left, leftLoss] = [left, right, rightLoss];
      right = low + GOLDEN * (high - low);
      rightLoss = loss(right);
    }
  }
  const middle = (low + high) / 2;
  return loss(middle) < (losses[at] as number) ? middle : (places[at] as number);
}
