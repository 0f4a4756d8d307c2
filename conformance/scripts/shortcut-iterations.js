// @lines unordered
import exec from 'k6/execution';

export const options = { vus: 2, iterations: 6, maxRedirects: 3, tags: { run: 'r1' } };

export default function () {
  if (exec.scenario.iterationInTest === 0) console.log(JSON.stringify(exec.test.options.scenarios));
}
