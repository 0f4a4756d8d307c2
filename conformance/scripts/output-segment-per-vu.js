// @flags --execution-segment 0:1/2
// @lines unordered
import exec from 'k6/execution';

export const options = { scenarios: { part: { executor: 'per-vu-iterations', vus: 5, iterations: 2 } } };

export default function () {
  console.log(exec.vu.idInInstance, exec.vu.idInTest, __VU, __ITER);
}
