// @exit 108
import { sleep } from 'k6';
import exec from 'k6/execution';

export const options = { iterations: 10 };

export default function () {
  console.log('once');
  if (__ITER === 0) exec.test.abort('enough is enough');
  sleep(1);
}

export function teardown() {
  console.log('teardown');
}
