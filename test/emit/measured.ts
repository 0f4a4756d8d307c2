import { planCapacity } from '../../src/planners/plan.ts';
import { syntheticRun } from '../planners/synthetic.ts';

/** A plan from a run, which takes a while: apart from those that do not. */
export const measured = planCapacity([syntheticRun()], {
  peak: 3000,
  slos: [
    { quantile: 0.99, seconds: 0.25 },
    { class: 'trade', quantile: 0.95, seconds: 0.3 },
  ],
});
