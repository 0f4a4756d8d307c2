import type { GeneratorLimit } from '../models/generator-limit.ts';
import { formatSeconds } from '../units.ts';

/** The line that stands before the results of a run which the generator itself limited. */
export function generatorLimitLine({ scheduleLag, loopLag, cpu }: GeneratorLimit): string {
  const late = formatSeconds(Math.max(scheduleLag, loopLag));
  return `INVALID: the load generator was the limit of this run, not the service: it used ${cpu.toFixed(1)} cores and was up to ${late} late; use less load, more --workers or a larger machine`;
}
