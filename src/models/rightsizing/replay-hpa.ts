import { controllerOf } from '../hpa/controller.ts';
import type { Pod, Reading, Sample } from '../hpa/observation.ts';
import type { Hpa, MetricSpec } from '../hpa/spec.ts';
import { newState } from '../hpa/state.ts';
import { sync } from '../hpa/sync.ts';
import type { Grid } from './use.ts';

/** What all pods used together in each step, NaN where it was not recorded. Cores and bytes. */
export type TotalUse = { readonly cpu: Float64Array; readonly memory: Float64Array };

/** What each pod asks for. Cores and bytes. */
export type PodRequest = { readonly cpu: number | null; readonly memory: number | null };

export type Replay = {
  readonly replicas: Int32Array;
  readonly mean: number;
  readonly most: number;
  /** Shares of the time at the HPA's minimum and maximum. */
  readonly atMin: number;
  readonly atMax: number;
};

/** A pod that has long been ready. */
const STARTED = -1e9;
const pod: Pod = {
  phase: 'Running',
  deleting: false,
  ready: true,
  readySince: STARTED,
  startedAt: STARTED,
};

/**
 * The replicas that the controller of Kubernetes asks for when pods share the recorded use evenly: one sync in every step
 * of the grid, its metrics those of the step before. What all pods use together is taken not to depend on how many they
 * are, and pods to be there when they are asked for. Where nothing was recorded the metrics fail, and nothing changes.
 */
export function replayHpa(hpa: Hpa, grid: Grid, use: TotalUse, request: PodRequest, start: number): Replay {
  const controller = controllerOf(hpa);
  const state = newState();
  const replicas = new Int32Array(grid.steps);
  let spec = Math.min(Math.max(start, hpa.minReplicas), hpa.maxReplicas);
  let [sum, most, atMin, atMax] = [0, 0, 0, 0];
  for (let i = 0; i < grid.steps; i++) {
    replicas[i] = spec;
    sum += spec;
    most = Math.max(most, spec);
    if (spec === hpa.minReplicas) atMin++;
    if (spec === hpa.maxReplicas) atMax++;
    const now = grid.from + (i + 1) * grid.step;
    const readings = hpa.metrics.map((metric) =>
      readingOf(metric, i, { use, request, spec, now, window: grid.step }),
    );
    const pods = new Array<Pod>(spec).fill(pod);
    spec = sync(controller, state, { now, spec, status: spec, pods, readings }).replicas;
  }
  const { steps } = grid;
  return { replicas, mean: sum / steps, most, atMin: atMin / steps, atMax: atMax / steps };
}

type Seen = { use: TotalUse; request: PodRequest; spec: number; now: number; window: number };

function readingOf(metric: MetricSpec, i: number, { use, request, spec, now, window }: Seen): Reading {
  const resource = metric.name === 'memory' ? 'memory' : 'cpu';
  const total = use[resource][i] as number;
  const asked = request[resource];
  if (metric.type !== 'Resource' || Number.isNaN(total)) return { kind: 'failed', failure: 'not recorded' };
  const sample: Sample = { value: Math.round((total / spec) * 1000), time: now, window };
  const each = asked === null ? null : Math.round(asked * 1000);
  return {
    kind: 'pods',
    samples: new Array<Sample>(spec).fill(sample),
    requests: new Array<number | null>(spec).fill(each),
  };
}
