import { sleep } from 'k6';
import http from 'k6/http';

// What is cut off leaves its requests behind, but is no iteration.
export const options = {
  scenarios: {
    slow: { executor: 'per-vu-iterations', vus: 2, iterations: 1, maxDuration: '1s', gracefulStop: '0s' },
  },
};

export default function () {
  http.get(`${__ENV.BASE}/get`);
  sleep(30);
  http.get(`${__ENV.BASE}/never`);
}
