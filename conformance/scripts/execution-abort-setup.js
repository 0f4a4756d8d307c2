// @exit 108
import exec from 'k6/execution';

export function setup() {
  exec.test.abort();
}

export default function () {
  console.log('is not reached');
}

export function teardown() {
  console.log('teardown');
}
