// @between 1 1 dropped_iterations
import { sleep } from 'k6';

export const options = {
  scenarios: {
    cut: { executor: 'shared-iterations', vus: 2, iterations: 10, maxDuration: '1s', gracefulStop: '5s' },
  },
};

export default function () {
  sleep(0.7);
}
