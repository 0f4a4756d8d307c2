// @between 8 22 iterations iteration_duration
// @lines unordered
import { sleep } from 'k6';

export const options = {
  scenarios: { constant: { executor: 'constant-vus', vus: 2, duration: '1s', gracefulStop: '5s' } },
};

export default function () {
  if (__ITER === 0) console.log(`first of ${__VU}`);
  sleep(0.1);
}
