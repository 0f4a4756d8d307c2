// @between 10 11 iterations iteration_duration checks
// @lines unordered
import { check } from 'k6';
import exec from 'k6/execution';

export const options = {
  scenarios: {
    rate: { executor: 'constant-arrival-rate', rate: 10, timeUnit: '1s', duration: '1s', preAllocatedVUs: 5 },
  },
};

export default function () {
  check(exec.scenario, { 'in order': (scenario) => scenario.iterationInTest < 11 });
}
