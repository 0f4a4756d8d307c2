// A trading hour in a minute: quotes, orders, history and positions on the FX platform.
// Runs on `fxscale run` and on k6 as it is. Environment: BASE_URL, DURATION (seconds), PEAK (requests per second).
import { check } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';

const base = __ENV.BASE_URL || 'http://127.0.0.1:3000';
const seconds = Number(__ENV.DURATION || 60);
const peak = Number(__ENV.PEAK || 600);
const json = { 'Content-Type': 'application/json' };

type RequestClass = 'quote' | 'trade' | 'history' | 'positions';
type Step = { share: number; mix: Record<RequestClass, number> };

// The mix shifts from step to step: classes that always moved together could not be told apart by what they cost.
const steps: Step[] = [
  { share: 0.25, mix: { quote: 70, trade: 10, history: 10, positions: 10 } },
  { share: 0.4, mix: { quote: 25, trade: 45, history: 15, positions: 15 } },
  { share: 0.6, mix: { quote: 80, trade: 5, history: 5, positions: 10 } },
  { share: 0.45, mix: { quote: 25, trade: 10, history: 50, positions: 15 } },
  { share: 0.75, mix: { quote: 55, trade: 25, history: 10, positions: 10 } },
  { share: 0.5, mix: { quote: 20, trade: 15, history: 15, positions: 50 } },
  { share: 0.35, mix: { quote: 10, trade: 60, history: 20, positions: 10 } },
  { share: 0.85, mix: { quote: 60, trade: 10, history: 20, positions: 10 } },
  { share: 0.7, mix: { quote: 60, trade: 10, history: 5, positions: 25 } },
  { share: 1, mix: { quote: 60, trade: 20, history: 10, positions: 10 } },
];

// The first fifth warms caches, pools and the service's JIT up, at the full rate; the steps share the rest.
const warmUp = seconds / 5;
const warmUpMix: Step['mix'] = { quote: 25, trade: 25, history: 25, positions: 25 };
const stepSeconds = (seconds - warmUp) / steps.length;
const rateOf = (share: number) => Math.max(1, Math.round(peak * share));

const users = new SharedArray('users', () =>
  Array.from({ length: 1000 }, (_, i) => `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`),
);
const symbols = new SharedArray('symbols', () => [
  'EURUSD',
  'GBPUSD',
  'USDJPY',
  'USDCHF',
  'AUDUSD',
  'EURGBP',
]);

export const options: Options = {
  scenarios: {
    trading: {
      executor: 'ramping-arrival-rate',
      startRate: rateOf(0.2),
      timeUnit: '1s',
      preAllocatedVUs: 200,
      maxVUs: 400,
      gracefulStop: '10s',
      stages: [
        { duration: `${Math.round(warmUp * 250)}ms`, target: rateOf(1) },
        { duration: `${Math.round(warmUp * 750)}ms`, target: rateOf(1) },
        ...steps.flatMap(({ share }) => [
          { duration: '0s', target: rateOf(share) },
          { duration: `${Math.round(stepSeconds * 1000)}ms`, target: rateOf(share) },
        ]),
      ],
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
  },
};

function mixNow(): Step['mix'] {
  const at = exec.scenario.progress * seconds - warmUp;
  if (at < 0) return warmUpMix;
  return steps[Math.min(steps.length - 1, Math.floor(at / stepSeconds))]?.mix ?? warmUpMix;
}

function pick(mix: Step['mix']): RequestClass {
  let left = Math.random() * 100;
  for (const name of Object.keys(mix) as RequestClass[]) {
    left -= mix[name];
    if (left < 0) return name;
  }
  return 'quote';
}

const any = <T>(items: readonly T[]) => items[Math.floor(Math.random() * items.length)] as T;

const requests = {
  quote: () => http.get(`${base}/api/prices/${any(symbols)}`, { tags: { name: 'quote' } }),
  trade: () => {
    const action = Math.random() < 0.5 ? 'buy' : 'sell';
    const order = { userId: any(users), symbol: any(symbols), action, volume: '0.01' };
    return http.post(`${base}/api/trading/trades`, JSON.stringify(order), {
      headers: json,
      tags: { name: 'trade' },
    });
  },
  history: () =>
    http.get(`${base}/api/trading/trades?userId=${any(users)}&limit=50`, { tags: { name: 'history' } }),
  positions: () => http.get(`${base}/api/trading/positions/${any(users)}`, { tags: { name: 'positions' } }),
};

export default function () {
  const name = pick(mixNow());
  const response = requests[name]();
  check(response, { 'answered as asked': (r) => r.status === (name === 'trade' ? 201 : 200) });
}
