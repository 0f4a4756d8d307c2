// @flags --iterations 2
import exec from 'k6/execution';

export const options = { minIterationDuration: '300ms' };
let last = 0;

export default function () {
  const now = exec.instance.currentTestRunDuration;
  if (last > 0) console.log(now - last >= 250 ? 'waited' : `came after ${now - last} ms`);
  last = now;
}
