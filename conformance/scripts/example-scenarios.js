// @between 5 6 http_reqs http_req_failed http_req_duration http_req_blocked http_req_connecting http_req_tls_handshaking
// @between 5 6 http_req_sending http_req_waiting http_req_receiving iterations iteration_duration
// @bytes free
import http from 'k6/http';

export const options = {
  scenarios: {
    contacts: {
      executor: 'shared-iterations',
      vus: 1,
      iterations: 3,
      maxDuration: '30s',
      exec: 'contacts',
      tags: { my: 'a' },
    },
    news: {
      executor: 'constant-arrival-rate',
      exec: 'news',
      rate: 2,
      duration: '1s',
      timeUnit: '1s',
      preAllocatedVUs: 1,
      startTime: '200ms',
    },
  },
  thresholds: { 'http_req_duration{my:a}': ['p(95)<5000'], 'http_reqs{scenario:news}': ['count>=2'] },
};

export function contacts() {
  http.get(`${__ENV.BASE}/get?what=contacts`, { tags: { name: 'contacts' } });
}

export function news() {
  http.get(`${__ENV.BASE}/get?what=news`, { tags: { name: 'news' } });
}
