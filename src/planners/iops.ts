import type { CostModel } from './cost.ts';
import { upperUse, useAt } from './cost.ts';
import { declared, PEAK_TO_MEAN, SECONDS_PER_DAY } from './declared.ts';
import type { Finding } from './findings.ts';
import type { IopsPlan } from './types.ts';
import { volumeFor } from './volumes.ts';

/** Share of a volume's limits that is planned to be used: its latency rises steeply close to them. */
export const VOLUME_UTILISATION = 0.7;

export type IopsRequirement = {
  average: number;
  /** At the busiest second, at the stated confidence. */
  peak: number;
  recommended: number;
  /** Bytes per second at the busiest second; null when not known. */
  throughput: number | null;
  basis: IopsPlan['basis'];
};

/**
 * Operations per second of the database's volume: reads, writes and syncs, each from its slope over the load. The
 * busiest second is that of the peak, and not the mean of a day.
 */
export function measuredIops(
  operations: readonly CostModel[],
  bytes: CostModel | undefined,
  load: { average: number; peak: number; confidence: number },
): IopsRequirement {
  const average = operations.reduce((sum, model) => sum + useAt(model, load.average).value, 0);
  const peak = operations.reduce((sum, model) => sum + upperUse(model, load.peak, load.confidence), 0);
  return {
    average,
    peak,
    recommended: peak / VOLUME_UTILISATION,
    throughput: bytes ? upperUse(bytes, load.peak, load.confidence) : null,
    basis: 'measured',
  };
}

/** By the declared constants: five reads and three writes a trade, averaged over a day and doubled. */
export function declaredIops(tradesPerDay: number): IopsRequirement {
  const average = (tradesPerDay * (declared.readsPerTrade + declared.writesPerTrade)) / SECONDS_PER_DAY;
  return {
    average,
    peak: average * PEAK_TO_MEAN,
    recommended: average * declared.iopsBuffer,
    throughput: null,
    basis: 'declared',
  };
}

/** The volume for the requirement. It must carry the busiest second, also when the recommendation does not. */
export function planIops(
  requirement: IopsRequirement,
  bytes: number,
): { plan: IopsPlan; findings: Finding[] } {
  const { recommended, peak } = requirement;
  const iops = Math.max(recommended, peak);
  const throughput = (requirement.throughput ?? 0) / VOLUME_UTILISATION;
  const volume = volumeFor(iops, throughput, bytes) ?? null;
  const findings: Finding[] = [];
  if (recommended < peak) {
    findings.push({ code: 'IOPS_BELOW_PEAK', severity: 'warning', args: { recommended, peak } });
  }
  if (volume === null) {
    findings.push({ code: 'NO_VOLUME_FITS', severity: 'error', args: { iops, throughput, bytes } });
  }
  return { plan: { ...requirement, volume }, findings };
}
