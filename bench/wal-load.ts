// The load of bench/wal.mjs: trades at rates that change, by accounts at random.
import type { Options } from 'k6/options';
import { anyOrder, trade } from '../scenarios/lib/platform.ts';
import { hold } from '../scenarios/lib/profile.ts';
import { anyUser } from '../scenarios/lib/users.ts';

const seconds = Number(__ENV.DURATION || 40);
const rates = [40, 80, 20, 60, 30, 90, 50, 70];

export const options: Options = {
  scenarios: {
    trades: {
      executor: 'ramping-arrival-rate',
      startRate: 20,
      timeUnit: '1s',
      preAllocatedVUs: 50,
      maxVUs: 100,
      stages: rates.flatMap((rate) => hold(seconds / rates.length, rate)),
    },
  },
};

export default function () {
  trade(anyUser(), anyOrder());
}
