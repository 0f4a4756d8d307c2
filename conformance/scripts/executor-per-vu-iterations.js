// @lines by vu
import { sleep } from 'k6';
import exec from 'k6/execution';

export const options = { scenarios: { each: { executor: 'per-vu-iterations', vus: 3, iterations: 4 } } };

export default function () {
  console.log(
    `vu${exec.vu.idInTest} ${exec.vu.iterationInScenario} ${exec.vu.iterationInInstance} ${__ITER}`,
  );
  sleep(0.01);
}
