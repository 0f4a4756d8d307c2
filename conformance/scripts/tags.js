import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

const counter = new Counter('tagged');

export const options = {
  tags: { run: 'r1', both: 'run' },
  scenarios: {
    s: {
      executor: 'per-vu-iterations',
      vus: 1,
      iterations: 2,
      tags: { scenario_tag: 'st', both: 'scenario' },
    },
  },
};

export default function () {
  http.get(`${__ENV.BASE}/get`, { tags: { own: 'mine', number: 3, yes: true, both: 'request' } });
  counter.add(1, { own: 'x', name: 'not an URL' });
  console.log(JSON.stringify(exec.vu.tags));
  exec.vu.tags.stays = `from ${__ITER}`;
  exec.vu.tags.count = 7;
  counter.add(1);
  try {
    exec.vu.tags.bad = { an: 'object' };
  } catch (error) {
    console.log(error.message);
  }
  exec.vu.metrics.metadata.trace = 'abc';
  counter.add(1);
  delete exec.vu.metrics.metadata.trace;
  console.log(Object.keys(exec.vu.metrics.tags).sort().join());
}
