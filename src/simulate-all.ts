import { controllerOf } from './models/hpa/controller.ts';
import { lintHpa } from './models/hpa/lint.ts';
import { compareRecorded } from './models/world/recorded.ts';
import { podsNeeded, simulate } from './models/world/simulate.ts';
import { costOf } from './planners/world.ts';
import type { SimulationReport } from './report/simulation.ts';
import type { SimulationInputs } from './simulation-inputs.ts';

/** Every HPA in the same traffic. */
export function simulateAll(
  { hpas, world: worldWith, replica, floors, recorded, assumptions }: SimulationInputs,
  { k8s, seed, price, quantiles }: { k8s: number; seed: number; price?: number; quantiles: boolean },
): SimulationReport {
  const world = worldWith(seed);
  const needed = podsNeeded(world);
  return {
    hpas: hpas.map(({ name, hpa }) => {
      const controller = controllerOf(hpa, { release: k8s });
      const simulation = simulate(controller, world, { floors, quantiles }, needed);
      return {
        name,
        simulation,
        comparison: recorded === null ? null : compareRecorded(simulation, recorded),
        cost: costOf(simulation.podHours, replica, price),
        findings: lintHpa(hpa, { release: k8s }),
      };
    }),
    slo: world.slo,
    replica,
    engine: world.engine,
    release: k8s,
    seed,
    assumptions,
  };
}
