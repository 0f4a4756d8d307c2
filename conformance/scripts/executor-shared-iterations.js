// @lines unordered
import exec from 'k6/execution';

export const options = {
  scenarios: { shared: { executor: 'shared-iterations', vus: 3, iterations: 12, tags: { kind: 'shared' } } },
};

export default function () {
  console.log(`it=${exec.scenario.iterationInTest} instance=${exec.scenario.iterationInInstance}`);
}
