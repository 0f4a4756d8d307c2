// @between 4 8 iterations iteration_duration
import { sleep } from 'k6';
import exec from 'k6/execution';

export const options = { duration: '1s' };

export default function () {
  if (__ITER === 0) console.log(exec.scenario.executor, JSON.stringify(exec.test.options.scenarios));
  sleep(0.2);
}
