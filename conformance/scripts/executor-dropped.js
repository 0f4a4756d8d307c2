// @between 5 6 dropped_iterations
// @between 5 5 iterations iteration_duration
import { sleep } from 'k6';

export const options = {
  scenarios: {
    busy: {
      executor: 'constant-arrival-rate',
      rate: 10,
      duration: '1s',
      timeUnit: '1s',
      preAllocatedVUs: 5,
    },
  },
};

export default function () {
  sleep(1.5);
}
