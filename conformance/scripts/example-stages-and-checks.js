// @between 4 40 iterations iteration_duration http_reqs http_req_failed http_req_duration http_req_blocked
// @between 4 40 http_req_connecting http_req_tls_handshaking http_req_sending http_req_waiting http_req_receiving
// @between 8 80 checks
// @bytes free
import { check, sleep } from 'k6';
import http from 'k6/http';

export const options = {
  stages: [
    { duration: '500ms', target: 2 },
    { duration: '500ms', target: 2 },
    { duration: '300ms', target: 0 },
  ],
  thresholds: { checks: ['rate>0.99'], http_req_failed: ['rate<0.01'] },
};

export default function () {
  const response = http.get(`${__ENV.BASE}/html`);
  check(response, {
    'is status 200': (one) => one.status === 200,
    'has the title': (one) => one.body.includes('Moby-Dick'),
  });
  sleep(0.15);
}
