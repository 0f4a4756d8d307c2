import { controllerOf } from './models/hpa/controller.ts';
import { compareRecorded } from './models/world/recorded.ts';
import { podsNeeded, simulate } from './models/world/simulate.ts';
import { linterFor } from './planners/autoscaling/hpa-lint.ts';
import { costOf } from './planners/autoscaling/world.ts';
import type { SimulationReport } from './report/simulation.ts';
import type { SimulationInputs } from './simulation-inputs.ts';

/** Every HPA in the same traffic. */
export function simulateAll(
  { hpas, world: worldWith, replica, floors, recorded, assumptions }: SimulationInputs,
  { k8s, seed, price, quantiles }: { k8s: number; seed: number; price?: number; quantiles: boolean },
): SimulationReport {
  const world = worldWith(seed);
  const needed = podsNeeded(world);
  const lint = linterFor(world, k8s);
  return {
    hpas: hpas.map((named) => {
      const { name, hpa, scaled } = named;
      const controller = controllerOf(hpa, { release: k8s });
      const simulation = simulate(controller, world, { scaled, floors, quantiles }, needed);
      return {
        name,
        simulation,
        comparison: recorded === null ? null : compareRecorded(simulation, recorded),
        cost: costOf(simulation.podHours, replica, price),
        findings: lint(named),
      };
    }),
    slo: world.slo,
    replica,
    engine: world.engine,
    partitions: world.partitions,
    release: k8s,
    seed,
    assumptions,
  };
}
