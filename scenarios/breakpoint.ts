// How much does it carry? The rate goes up until the objective is missed, and there the run ends: `offered_rate` is
// where. The platform is driven over its limit: never against one that somebody needs.
//
//   BASE_URL         the platform (http://127.0.0.1:3000)
//   DURATION         seconds to the highest rate (300)
//   MAX_RATE         the highest rate, requests per second (5000)
//   SLO_MS           milliseconds in which 99 of 100 answers must come (250)
//   MAX_FAILED       the share of answers that may be wrong (0.01)
//   PATIENCE         seconds before the objective is judged for the first time (10)
//   ACCOUNTS         demo accounts to spread over (1000)
//   FX_TOKEN_SECRET  signs the accounts' tokens (the published one of the demo)
//
//   fxscale run scenarios/breakpoint.ts -e MAX_RATE=2000    (exit code 99: found; 0: it carried MAX_RATE)
//   k6 run scenarios/breakpoint.ts -e MAX_RATE=2000
import exec from 'k6/execution';
import { Gauge } from 'k6/metrics';
import type { Options, Threshold } from 'k6/options';
import { askMixed, ordinary } from './lib/mix.ts';
import { stage } from './lib/profile.ts';

const seconds = Number(__ENV.DURATION || 300);
const maxRate = Number(__ENV.MAX_RATE || 5000);
const patience = `${Number(__ENV.PATIENCE || 10)}s`;

const offered = new Gauge('offered_rate');

/** fxscale judges the last ten seconds; k6 does not know `window` and judges the whole run, so it ends later. */
function ends(threshold: string): Threshold {
  const recent = { threshold, abortOnFail: true, delayAbortEval: patience, window: '10s' };
  return recent;
}

export const options: Options = {
  scenarios: {
    breakpoint: {
      executor: 'ramping-arrival-rate',
      startRate: 1,
      timeUnit: '1s',
      // An answer within the objective needs no more; beyond it, the run is about to end.
      preAllocatedVUs: Math.ceil(Math.min(500, Math.max(10, maxRate / 4))),
      maxVUs: Math.ceil(Math.max(20, maxRate / 2)),
      gracefulStop: '5s',
      stages: [stage(seconds, maxRate)],
    },
  },
  thresholds: {
    http_req_duration: [ends(`p(99)<${Number(__ENV.SLO_MS || 250)}`)],
    http_req_failed: [ends(`rate<${Number(__ENV.MAX_FAILED || 0.01)}`)],
    checks: [ends(`rate>${1 - Number(__ENV.MAX_FAILED || 0.01)}`)],
    // What could not be started for want of a free user waited longer than the objective allows.
    dropped_iterations: [ends(`count<${Math.max(10, maxRate / 10)}`)],
  },
};

export default function () {
  offered.add(Math.round(exec.scenario.progress * maxRate));
  askMixed(ordinary);
}
