import type { ServiceTime } from '../../models/service-time.ts';
import type { Run } from '../../run.ts';
import type { Fits } from '../fits.ts';
import { unloadedVariability } from '../latency-fit.ts';

/** Of a class whose latencies do not tell: as variable as if it were exponential. */
const UNKNOWN = 1;

/**
 * CPU seconds of a request of the planned mix, by the law of total variance: each class has its own mean, from the fits, and
 * its own variability, from its latencies at the lowest load. Undefined when its CPU was not measured.
 */
export function plannedService(
  { platformCpu }: Fits,
  mix: Readonly<Record<string, number>>,
  runs: readonly Run[],
): ServiceTime | undefined {
  if (platformCpu === undefined) return undefined;
  let [mean, square] = [0, 0];
  platformCpu.classes.forEach((name, k) => {
    const share = mix[name] ?? 0;
    if (share === 0) return;
    const own = platformCpu.fit.demands[k]?.value ?? 0;
    const variability = unloadedVariability(runs, name)?.variability ?? UNKNOWN;
    mean += share * own;
    square += share * own * own * (1 + variability);
  });
  return mean > 0 ? { mean, variability: Math.max(0, square / (mean * mean) - 1) } : undefined;
}
