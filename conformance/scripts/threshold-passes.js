import { check } from 'k6';
import http from 'k6/http';

export const options = {
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    http_reqs: ['count==4', 'count>3'],
    http_req_failed: ['rate<0.5'],
    http_req_duration: ['p(95)<5000', 'avg<5000', 'max<9000', 'med<5000', 'min>=0'],
    'http_req_duration{status:200}': ['p(99.9)<9000'],
    'http_reqs{status:404}': ['count==0'],
    iterations: ['count>=4', 'rate>0'],
  },
};

export default function () {
  check(http.get(`${__ENV.BASE}/get`), { ok: (response) => response.status === 200 });
}
