import { normalCdf } from '../compare/normal.ts';
import type { Interval } from '../interval.ts';
import { normalQuantile } from '../quantile.ts';
import type { Prediction } from './prediction.ts';

/**
 * The highest of several predicted values, with their intervals of the same `level`: its median, and what it lies
 * between at least as often, however the errors of the values hang together. Were they independent, it would be the
 * highest: correlation can only lower it (D. Slepian, The one-sided barrier problem for Gaussian noise, 1962), at most to
 * the highest bound of a single value. Throws a RangeError for no predictions or a level outside 0 to 1.
 */
export function highest(predictions: readonly Prediction[], level: number): Interval & { median: number } {
  if (predictions.length === 0) throw new RangeError('of no predictions none is the highest');
  if (!(level > 0 && level < 1)) throw new RangeError(`a level of ${level} is not between 0 and 1`);
  const z = normalQuantile((1 + level) / 2);
  const values = predictions.map(({ mean, high }) => ({ mean, deviation: (high - mean) / z }));
  const below = (x: number) =>
    values.reduce((p, { mean, deviation }) => {
      if (deviation === 0) return x >= mean ? p : 0;
      return p * normalCdf((x - mean) / deviation);
    }, 1);
  const floor = Math.max(...predictions.map(({ low }) => low));
  const ceiling = Math.max(...values.map(({ mean, deviation }) => mean + FAR * deviation));
  const at = (q: number) => {
    let [low, high] = [Math.min(floor, ceiling), ceiling];
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (below(middle) < q) low = middle;
      else high = middle;
    }
    return high;
  };
  return { low: floor, median: at(0.5), high: at((1 + level) / 2) };
}

/** Standard deviations within which the highest of any week of minutes is. */
const FAR = 8;
const HALVINGS = 50;
