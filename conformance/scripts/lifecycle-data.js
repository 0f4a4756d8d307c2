// @lines by vu
import http from 'k6/http';

export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } };

const sorted = (value) => JSON.stringify(value, Object.keys(value ?? {}).sort());

export function setup() {
  console.log('setup', __VU, typeof __ITER);
  http.get(`${__ENV.BASE}/get`);
  return {
    token: 't',
    list: [1, 2],
    none: undefined,
    nil: null,
    when: new Date(0),
    nested: { a: 1 },
    float: 1.5,
  };
}

export default function (data) {
  console.log(`vu${__VU} ${sorted(data)} ${data.list.length} ${typeof data.when}`);
}

export function teardown(data) {
  console.log('teardown', __VU, typeof __ITER, sorted(data));
  http.get(`${__ENV.BASE}/status/404`);
}
