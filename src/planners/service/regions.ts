import { FxscaleError } from '../../errors.ts';
import type { Inputs } from '../types.ts';

/** Share of the load that a region carries while none is lost, and while one is. */
export type RegionShares = { normal: number; failover: number };

/** Of the load of all of them, which is spread evenly; one region carries all when no loss of one is to be survived. */
export function regionShares({
  availability,
  regions,
}: Pick<Inputs, 'availability' | 'regions'>): RegionShares {
  if (availability !== 'region') return { normal: 1, failover: 1 };
  return { normal: 1 / regions, failover: 1 / (regions - 1) };
}

/** Replicas of the same kind run in as many places. */
export function regionCount({ availability, regions }: Pick<Inputs, 'availability' | 'regions'>): number {
  return availability === 'region' ? regions : 1;
}

/**
 * The share of its CPU that a region may use while no other is lost, so that it stays within `threshold` when it must carry
 * its part of another's load at once, before any autoscaler helps: of two regions and a threshold of 80 %, 40 %, which is
 * Netflix's rule for services that survive the loss of a region (service-capacity-modeling, `cores / 0.4`).
 */
export function normalUtilisation(threshold: number, regions: number): number {
  if (!(threshold > 0 && threshold <= 1))
    throw new RangeError(`threshold ${threshold} is not above 0 and at most 1`);
  if (!Number.isSafeInteger(regions) || regions < 2)
    throw new RangeError(`${regions} regions cannot lose one`);
  return (threshold * (regions - 1)) / regions;
}

/** Throws USAGE for a figure of regions without the loss of one, or the other way about. */
export function checkRegions(request: {
  availability?: string | undefined;
  regions?: number | undefined;
  failoverThreshold?: number | undefined;
}): void {
  const { availability, regions, failoverThreshold } = request;
  if (availability === 'region') return;
  const flag =
    regions !== undefined ? '--regions' : failoverThreshold !== undefined ? '--failover-threshold' : '';
  if (flag !== '') throw new FxscaleError('USAGE', `${flag}: has an effect only with --availability region`);
}
