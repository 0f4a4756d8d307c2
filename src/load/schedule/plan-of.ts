import type { Scenario } from '../options/scenarios.ts';
import { constantArrivalRate } from './constant-arrival-rate.ts';
import { constantVUs } from './constant-vus.ts';
import { iterationsPlan } from './iterations.ts';
import type { SchedulePlan } from './plan.ts';
import { rampingArrivalRate } from './ramping-arrival-rate.ts';
import { rampingVUs } from './ramping-vus.ts';

/** What a scenario's executor will do. */
export function planOf(scenario: Scenario): SchedulePlan {
  switch (scenario.executor) {
    case 'shared-iterations':
      return iterationsPlan({ ...scenario, shared: true });
    case 'per-vu-iterations':
      return iterationsPlan({ ...scenario, shared: false });
    case 'constant-vus':
      return constantVUs(scenario);
    case 'ramping-vus':
      return rampingVUs(scenario);
    case 'constant-arrival-rate':
      return constantArrivalRate(scenario);
    case 'ramping-arrival-rate':
      return rampingArrivalRate(scenario);
  }
}
