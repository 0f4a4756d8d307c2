// @between 8 30 iterations iteration_duration
// @lines unordered
import { sleep } from 'k6';

export const options = {
  scenarios: {
    ramp: {
      executor: 'ramping-vus',
      startVUs: 1,
      stages: [
        { duration: '1s', target: 3 },
        { duration: '500ms', target: 0 },
      ],
      gracefulRampDown: '2s',
    },
  },
};

export default function () {
  if (__ITER === 0) console.log(`first of ${__VU}`);
  sleep(0.15);
}
