import { type Controller, controllerOf } from '../../../src/models/hpa/controller.ts';
import { withDefaults } from '../../../src/models/hpa/defaults.ts';
import type { WrittenHpa } from '../../../src/models/hpa/spec.ts';
import { Random } from '../../../src/models/random.ts';
import type { Replica } from '../../../src/models/world/replica.ts';
import type { World } from '../../../src/models/world/simulate.ts';

/** A Monday in summer. */
export const START = Date.parse('2026-07-06T00:00:00Z') / 1000;

export const replica: Replica = {
  capacity: 100,
  workers: 1,
  variability: 1,
  cpuPerRequest: 0.004,
  cpuIdle: 0.02,
  cpuRequest: 0.5,
  cpuLimit: null,
  memory: 300e6,
  memoryRequest: 512e6,
  timeout: 30,
};

/** Fifteen-second steps in which Poisson arrivals come at `rates`. */
export function worldOf(rates: readonly number[], changes: Partial<World> = {}): World {
  const random = new Random(7);
  return {
    replica,
    slo: { quantile: 0.99, within: 0.25 },
    timing: { scheduling: 1, imagePull: 2, startup: 20, grace: 30 },
    nodes: null,
    pipeline: { resolution: 15, window: 60 },
    sources: new Map(),
    engine: 'fluid',
    partitions: null,
    load: {
      start: START,
      seconds: 15,
      rates: Float64Array.from(rates),
      counts: Float64Array.from(rates, (rate) => random.poisson(rate * 15)),
    },
    seed: 1,
    ...changes,
  };
}

export function hpa(changes: Partial<WrittenHpa> = {}): Controller {
  return controllerOf(
    withDefaults({
      name: 'trading',
      scaleTarget: { kind: 'Deployment', name: 'trading' },
      minReplicas: 2,
      maxReplicas: 20,
      metrics: [{ type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } }],
      ...changes,
    }),
  );
}
