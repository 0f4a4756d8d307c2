// @between 6 7 iterations iteration_duration
import exec from 'k6/execution';

export const options = {
  scenarios: {
    ramp: {
      executor: 'ramping-arrival-rate',
      startRate: 2,
      timeUnit: '1s',
      preAllocatedVUs: 4,
      stages: [
        { duration: '1s', target: 6 },
        { duration: '500ms', target: 6 },
        { duration: '0s', target: 1 },
      ],
    },
  },
};

export default function () {
  if (exec.scenario.iterationInTest < 6) console.log(`it=${exec.scenario.iterationInTest}`);
}
