import type { Condition } from './conditions.ts';

/** A proposal before stabilization, and when it was made. */
export type Recommendation = { replicas: number; time: number };

/** A rescale: by how many replicas, and when. */
export type ScaleEvent = { change: number; time: number; outdated: boolean };

/**
 * What a controller remembers of one HPA between syncs: in its memory, and lost when it restarts, but for the
 * conditions, which are in the HPA's status. `sync` changes it in place, which is several times faster than copies.
 */
export type HpaState = {
  /** Not in order of time: an old entry is overwritten. */
  readonly recommendations: Recommendation[];
  readonly upEvents: ScaleEvent[];
  readonly downEvents: ScaleEvent[];
  /** Null until a sync sets them. */
  able: Condition | null;
  active: Condition | null;
  limited: Condition | null;
  scaledToZero: Condition | null;
};

/** Of an HPA that was never synced. */
export function newState(): HpaState {
  return {
    recommendations: [],
    upEvents: [],
    downEvents: [],
    able: null,
    active: null,
    limited: null,
    scaledToZero: null,
  };
}

/** After a restart of the controller: the conditions stay, the history is gone. */
export function restart(state: HpaState): void {
  state.recommendations.length = 0;
  state.upEvents.length = 0;
  state.downEvents.length = 0;
}
