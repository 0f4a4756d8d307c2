import type { CostModel } from './cost.ts';
import type { Saturation } from './types.ts';

/** What all replicas share, so that a request waits for it however many there are. */
export type SharedResource = 'databaseCpu' | 'iops' | 'throughput' | 'cacheCpu';

/** What can be used up. */
export type Binding =
  | SharedResource
  | 'platformCpu'
  | 'platformMemory'
  | 'connections'
  | 'kafkaPartition'
  | 'consumers';

/** Something that requests use up: how much of it there is, and what it loses without any request. */
export type Capacity = {
  resource: Binding;
  model: CostModel;
  available: number;
  /** Multiplies the background of the model, such as the count of replicas. */
  units?: number;
};

/** Share of the database's cores that may be used before its latency is five times that of an idle one. */
export const DATABASE_UTILISATION = 0.8;

/**
 * The rate at which each of `capacities` is used up, lowest first: the first is the bottleneck of the plan
 * (Xmax = 1 / Dmax; P. Denning, J. Buzen, 1978). What no request uses never binds and is left out.
 */
export function saturations(capacities: readonly Capacity[]): Saturation[] {
  return capacities
    .filter(({ model }) => model.perRequest > 0)
    .map(({ resource, model, available, units = 1 }) => ({
      resource,
      atRate: Math.max(0, available - model.background * units) / model.perRequest,
      basis: model.basis,
    }))
    .toSorted((a, b) => a.atRate - b.atRate);
}
