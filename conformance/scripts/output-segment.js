// @flags --execution-segment 1/3:2/3 --execution-segment-sequence 0,1/3,2/3,1
// @lines unordered
import exec from 'k6/execution';

export const options = { scenarios: { part: { executor: 'shared-iterations', vus: 3, iterations: 10 } } };

export default function () {
  console.log(
    exec.scenario.iterationInTest,
    exec.scenario.iterationInInstance,
    exec.vu.idInInstance,
    exec.vu.idInTest,
  );
}
