import { sleep } from 'k6';

// Each VU drops what is left of its share when the time is over.
export const options = {
  scenarios: {
    cut: { executor: 'per-vu-iterations', vus: 2, iterations: 5, maxDuration: '1s', gracefulStop: '5s' },
  },
};

export default function () {
  sleep(0.7);
}
