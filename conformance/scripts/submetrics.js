// @exit 99
import { check, group } from 'k6';
import http from 'k6/http';
import { Trend } from 'k6/metrics';

const size = new Trend('size');

export const options = {
  thresholds: {
    'http_reqs{status:200}': ['count==2'],
    'http_reqs{status:404}': ['count==1'],
    'http_reqs{name:named,method:GET}': ['count==1'],
    'http_reqs{group:::outer}': ['count==1'],
    'checks{kind:a}': ['rate==1'],
    'size{part:"left"}': ['max==2'],
    'size{part:right}': ['max<5'],
    'http_req_duration{expected_response:true}': ['max<9000'],
  },
};

export default function () {
  const found = http.get(`${__ENV.BASE}/get`, { tags: { name: 'named' } });
  check(found, { found: (response) => response.status === 200 }, { kind: 'a' });
  http.get(`${__ENV.BASE}/status/404`);
  group('outer', () => http.get(`${__ENV.BASE}/get`));
  size.add(1, { part: 'left' });
  size.add(2, { part: 'left' });
  size.add(9, { part: 'right' });
}
