// @exit 99
// @between 1 60 iterations iteration_duration my_errors
import { sleep } from 'k6';
import { Counter } from 'k6/metrics';

const errors = new Counter('my_errors');

export const options = {
  scenarios: { a: { executor: 'constant-vus', vus: 1, duration: '30s' } },
  thresholds: { my_errors: [{ threshold: 'count<3', abortOnFail: true }] },
};

export default function () {
  errors.add(1);
  sleep(0.1);
}

export function teardown() {
  console.log('teardown runs');
}
