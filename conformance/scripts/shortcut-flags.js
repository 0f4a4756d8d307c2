// @flags --iterations 3 --vus 1 --tag a=b -e WORD=given
import exec from 'k6/execution';

// The flags win over these.
export const options = { duration: '1m', vus: 9 };

export default function () {
  console.log(exec.scenario.executor, __ENV.WORD, __ITER);
}
