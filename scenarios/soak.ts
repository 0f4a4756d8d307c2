// A moderate, even load for hours: what grows, leaks or slows down shows here and nowhere else. Each virtual user holds
// its answers in the last fifth against its own in the second tenth, class by class; one observer does the same with
// the memory that the platform's /metrics tell.
//
//   BASE_URL         the platform (http://127.0.0.1:3000)
//   DURATION         with its unit (1h)
//   RATE             requests per second (50)
//   OBSERVE          seconds between two looks at the memory (10)
//   MAX_DRIFT        times as slow in the end as in the beginning (1.5)
//   MAX_GROWTH       times as much memory as in the beginning (1.5)
//   ACCOUNTS         demo accounts to spread over (1000)
//   FX_TOKEN_SECRET  signs the accounts' tokens (the published one of the demo)
//
//   fxscale run scenarios/soak.ts -e DURATION=8h
//   k6 run scenarios/soak.ts -e DURATION=8h
import { check, sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Gauge, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { askMixed, ordinary, type RequestClass } from './lib/mix.ts';
import { base } from './lib/platform.ts';
import { usersFor } from './lib/profile.ts';

const duration = __ENV.DURATION || '1h';
const rate = Number(__ENV.RATE || 50);
const observe = Number(__ENV.OBSERVE || 10);

const drift = new Trend('latency_drift');
const memory = new Gauge('platform_memory_bytes');
const growth = new Gauge('platform_memory_growth');

export const options: Options = {
  scenarios: {
    soak: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration,
      // Few, so that each has enough answers to compare.
      ...usersFor(rate / 2),
      gracefulStop: '10s',
    },
    observer: { executor: 'constant-vus', vus: 1, duration, exec: 'observer', gracefulStop: '15s' },
  },
  thresholds: {
    http_req_failed: ['rate<0.001'],
    checks: ['rate>0.999'],
    'http_req_duration{name:quote}': ['p(99)<100'],
    'http_req_duration{name:trade}': ['p(99)<250'],
    latency_drift: [`med<${Number(__ENV.MAX_DRIFT || 1.5)}`],
    platform_memory_growth: [`value<${Number(__ENV.MAX_GROWTH || 1.5)}`],
  },
};

/** Milliseconds of this virtual user's answers in the beginning. */
const early: Record<RequestClass, { count: number; sum: number }> = {
  quote: { count: 0, sum: 0 },
  trade: { count: 0, sum: 0 },
  history: { count: 0, sum: 0 },
  positions: { count: 0, sum: 0 },
};

export default function () {
  const { progress } = exec.scenario;
  const { name, answer } = askMixed(ordinary);
  const seen = early[name];
  if (progress >= 0.1 && progress < 0.2) {
    seen.count++;
    seen.sum += answer.timings.duration;
  } else if (progress >= 0.8 && seen.count > 0) {
    drift.add(answer.timings.duration / (seen.sum / seen.count), { name });
  }
}

let memoryEarly = 0;

/** Looks at the memory: as it is after a tenth of the time, caches and pools are full. */
export function observer() {
  const answer = http.get(`${base}/metrics`, { tags: { name: 'metrics' } });
  const [, bytes = ''] = /^process_resident_memory_bytes (\S+)$/m.exec(String(answer.body)) ?? [];
  const now = Number(bytes);
  check(answer, { 'the platform tells its memory': ({ status }) => status === 200 && now > 0 });
  memory.add(now);
  if (exec.scenario.progress >= 0.1) {
    memoryEarly = memoryEarly || now;
    growth.add(now / memoryEarly);
  }
  sleep(observe);
}
