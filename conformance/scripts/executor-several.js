// @lines unordered
import { sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

export const options = {
  scenarios: {
    readers: { executor: 'per-vu-iterations', vus: 2, iterations: 2, exec: 'read', tags: { who: 'reader' } },
    writers: {
      executor: 'shared-iterations',
      vus: 1,
      iterations: 3,
      exec: 'write',
      startTime: '300ms',
      env: { WORD: 'ink' },
    },
    later: { executor: 'per-vu-iterations', exec: 'read', startTime: '600ms', env: { WORD: 'later' } },
  },
};

export function read() {
  console.log(`${exec.scenario.name} ${exec.scenario.executor} ${__ENV.WORD}`);
  http.get(`${__ENV.BASE}/get`, { tags: { name: 'reading' } });
  sleep(0.01);
}

export function write() {
  console.log(`${exec.scenario.name} ${exec.scenario.executor} ${__ENV.WORD}`);
  http.post(`${__ENV.BASE}/post`, 'x');
}
