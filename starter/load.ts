// A first load, for fxscale and for k6. The rate changes in steps: what a request costs is told from how the service's
// use of CPU, memory and disk follows it.
//
//   BASE_URL   the service (http://127.0.0.1:3000, where `fxscale serve` starts the reference platform)
//   DURATION   seconds (60)
//   PEAK       requests per second at the highest step (100)
//
//   fxscale run scenarios/load.ts -e PEAK=50 --collect http://127.0.0.1:3000/metrics
//   k6 run scenarios/load.ts -e PEAK=50
import { check } from 'k6';
import http from 'k6/http';
import type { Options } from 'k6/options';

const base = __ENV.BASE_URL || 'http://127.0.0.1:3000';
const seconds = Number(__ENV.DURATION || 60);
const peak = Number(__ENV.PEAK || 100);

/** Shares of the peak, each held for as long; the first warms the service up. */
const steps = [0.5, 0.2, 0.8, 0.4, 1, 0.6];
const rates = steps.map((share) => Math.max(1, Math.round(peak * share)));

export const options: Options = {
  scenarios: {
    load: {
      executor: 'ramping-arrival-rate',
      startRate: 1,
      timeUnit: '1s',
      preAllocatedVUs: Math.max(10, peak),
      maxVUs: Math.max(20, peak * 2),
      stages: rates.flatMap((target) => [
        { duration: '1s', target },
        { duration: `${Math.max(1, Math.round(seconds / steps.length) - 1)}s`, target },
      ]),
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    http_req_duration: ['p(99)<250'],
  },
};

export default function () {
  // The tag is the class of the request. Give every kind of request its own: each gets its own costs in the plan.
  const answer = http.get(`${base}/api/prices/EURUSD`, { tags: { name: 'quote' } });
  check(answer, { 'is answered': ({ status }) => status === 200 });
}
