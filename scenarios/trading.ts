// A trading hour in a minute: quotes, orders, history and positions on the FX platform, in a mix that shifts.
//
//   BASE_URL         the platform (http://127.0.0.1:3000)
//   DURATION         seconds (60)
//   PEAK             requests per second at the highest step (600)
//   ACCOUNTS         demo accounts to spread over, as many as the platform has or fewer (1000)
//   FX_TOKEN_SECRET  signs the accounts' tokens (the published one of the demo)
//
//   fxscale run scenarios/trading.ts -e PEAK=200
//   k6 run scenarios/trading.ts -e PEAK=200
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { askMixed, type Mix } from './lib/mix.ts';
import { hold, stage, wholeRate } from './lib/profile.ts';

const seconds = Number(__ENV.DURATION || 60);
const peak = Number(__ENV.PEAK || 600);

type Step = { share: number; mix: Mix };

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
const warmUpMix: Mix = { quote: 25, trade: 25, history: 25, positions: 25 };
const stepSeconds = (seconds - warmUp) / steps.length;

export const options: Options = {
  scenarios: {
    trading: {
      executor: 'ramping-arrival-rate',
      startRate: wholeRate(peak * 0.2),
      timeUnit: '1s',
      preAllocatedVUs: 200,
      maxVUs: 400,
      gracefulStop: '10s',
      stages: [
        stage(warmUp / 4, peak),
        stage((warmUp * 3) / 4, peak),
        ...steps.flatMap(({ share }) => hold(stepSeconds, peak * share)),
      ],
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
  },
};

function mixNow(): Mix {
  const at = exec.scenario.progress * seconds - warmUp;
  if (at < 0) return warmUpMix;
  return steps[Math.min(steps.length - 1, Math.floor(at / stepSeconds))]?.mix ?? warmUpMix;
}

export default function () {
  askMixed(mixNow());
}
