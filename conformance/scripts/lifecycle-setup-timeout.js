// @exit 100
import { sleep } from 'k6';

export const options = { setupTimeout: '500ms' };

export function setup() {
  sleep(20);
}

export default function () {
  console.log('is not reached');
}
