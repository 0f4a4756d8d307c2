import type { ScaledObject } from '../../models/hpa/keda.ts';
import { type HpaFinding, lintHpa } from '../../models/hpa/lint.ts';
import type { Hpa } from '../../models/hpa/spec.ts';
import { shortestPeriod } from '../../models/traffic/period.ts';
import type { World } from '../../models/world/simulate.ts';

/** An HPA with what is around it that the traffic does not tell. */
export type Surrounded = { hpa: Hpa; scaled: ScaledObject | null; minAvailable?: number | string };

/** Steps of the traffic that are looked at for a cycle: a week of them. */
const LOOKED_AT = 40_320;

/** Tells what is unwise in HPAs that meet the traffic of `world`; `release` is the minor version of Kubernetes. */
export function linterFor({ load, partitions }: World, release: number): (of: Surrounded) => HpaFinding[] {
  const period = shortestPeriod(load.rates.subarray(0, LOOKED_AT), load.seconds);
  const around = {
    release,
    ...(period === undefined ? {} : { period }),
    ...(partitions === null ? {} : { partitions }),
  };
  return ({ hpa, scaled, minAvailable }) =>
    lintHpa(hpa, {
      ...around,
      ...(scaled === null ? {} : { scaled }),
      ...(minAvailable === undefined ? {} : { minAvailable }),
    });
}
