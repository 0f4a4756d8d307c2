// Every VU, and setup and teardown too, have a module state of their own.
let count = 0;

export const options = { vus: 1, iterations: 2 };

export function setup() {
  count += 100;
  console.log('setup', count);
}

export default function () {
  count++;
  console.log('iteration', count);
}

export function teardown() {
  console.log('teardown', count);
}

export function handleSummary() {
  console.log('summary', count);
  return {};
}
